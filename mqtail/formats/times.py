"""Times as brokers write them, to ms since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(text: str) -> int | None:
    """Ms since the epoch of `YYYY-MM-DD HH:MM:SS`, with a fraction and a zone where it has them.

    Without a zone the time is taken for UTC, which Amazon MQ's brokers run in. The fraction is
    cut to whole ms. None when it is no such time.
    """
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            time = time.replace(tzinfo=UTC)
        return (time - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None
