"""An embedded AWS on loopback, and the broker stories that it tells."""
