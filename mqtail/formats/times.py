"""Times as brokers write them, to ms since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_OF_NO_ZONE = datetime(1970, 1, 1)  # noqa: DTZ001  # what a time without a zone is taken for
_MILLISECOND = timedelta(milliseconds=1)
_FIRST_YEAR, _LAST_YEAR = 1, 9999
"""Years at whose ends a datetime of another zone cannot be made."""


def milliseconds(text: str) -> int | None:
    """Ms since the epoch of `YYYY-MM-DD HH:MM:SS`, with a fraction and a zone where it has them.

    Without a zone the time is taken for UTC, which Amazon MQ's brokers run in. The fraction is
    cut to whole ms. None when it is no such time, or so far off that not every zone has it.
    """
    try:
        time = datetime.fromisoformat(text)
        if not _FIRST_YEAR < time.year < _LAST_YEAR:
            return None
        return (time - (_EPOCH_OF_NO_ZONE if time.tzinfo is None else _EPOCH)) // _MILLISECOND
    except (ValueError, OverflowError):
        return None
