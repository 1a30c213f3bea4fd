"""One way to read each kind of source."""
