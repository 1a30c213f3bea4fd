"""The log: rows of events, how they are laid out, painted, moved through and selected."""
