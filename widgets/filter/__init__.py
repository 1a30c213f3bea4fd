"""The line that filters and searches are typed into."""
