"""The sources: the tree, what it shows, and one of them in detail."""
