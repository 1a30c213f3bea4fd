"""The setup check: its list, and one check in detail."""
