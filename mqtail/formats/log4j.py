"""What the layouts of ActiveMQ's two logs have in common: the padded level, and a time before it.

Fixed places and look-ups, no regular expressions: these are asked of every event.
"""

from __future__ import annotations

from mqtail.events import Level

_WORDS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

LEVEL_HEADS = {f"{word:<5} |": Level.named(word) for word in _WORDS}
"""What a line without a time begins with (`LEVEL_AT`)."""
LEVEL_AT = slice(0, 7)
AFTER_LEVEL = 8
"""Where the message begins in such a line."""

TIMED_HEADS = {f" | {head}": level for head, level in LEVEL_HEADS.items()}
"""What follows the time in `YYYY-MM-DD HH:MM:SS,mmm | LEVEL | ...` (`TIMED_AT`)."""
TIMED_AT = slice(23, 33)
TIME_AT = slice(0, 23)
AFTER_TIMED = 34
"""Where the message begins in a line with a time."""

MARKS_AT = slice(4, 20, 3)
"""Every third character of a time: its separators, so that one comparison tells it."""
MARKS = "-- ::,"
