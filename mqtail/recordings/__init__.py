"""Recordings: events kept as JSON lines in files, read back from them, and from other logs."""
