"""Textual widgets of mqtail: they show engine values and know nothing of AWS."""
