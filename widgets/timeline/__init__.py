"""The timeline over the log."""
