"""The terminal application of mqtail: screens, commands and theme."""
