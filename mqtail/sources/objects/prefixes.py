"""Prefixes of keys with times in them, as Firehose writes them: `logs/!{timestamp:yyyy/MM}/`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

_EXPRESSION = re.compile(r"!\{([^{}]*)\}")
_FIELD = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'")
"""A piece of a Java date pattern: quoted text, a letter repeated, other characters."""

_RANKS = {letter: rank for rank, letter in enumerate("yMdHms")}
_HOUR = _RANKS["H"]
_DAY = _RANKS["d"]
_UNKNOWN = 99
"""Rank of what cannot be told beforehand."""
_MOST_DIGITS = 9
_GRAINS = ((2 * DAY_MS, _DAY), (62 * DAY_MS, _RANKS["M"]))
"""Up to which span which folders are listed; longer ones by years."""
_FAILURES = "firehose:error-output-type"
_FAILURE = r"[\w-]+?[_-]failed"
"""What becomes of it: `processing-failed`, `splunk-failed` and the like."""
_FEW_HOURS_MS = 6 * HOUR_MS
_LARGEST_MS = 253_402_214_400_000
"""The last day that a date can hold."""


class Folder(NamedTuple):
    """What one listing asks for (ListObjectsV2)."""

    prefix: str
    start_after: str = ""
    """Keys up to this one are left out."""


class _Part(NamedTuple):
    """A part of a prefix: text, or a field of the time."""

    rank: int
    """How fine the field is, 0 the year; -1: it is text."""
    text: str
    """The text; of a field its letters, of what is not known its expression."""


class TimedPrefix:
    """A prefix that depends on the time.

    Args:
        pattern: with expressions in `!{}`. What is in `!{timestamp:}` is a Java date pattern of y,
            M, d, H, m, s and quoted text; what any other expression becomes is not known.
        zone: the zone of its times.
    """

    def __init__(self, pattern: str, zone: tzinfo = UTC) -> None:
        self._parts = _parts(pattern)
        self._zone = zone
        self._sorts = _sorts(self._parts)

    @property
    def expression(self) -> str:
        """A regular expression of what it can become."""
        return "".join(_expression(part) for part in self._parts)

    def folders(self, start: int, end: int) -> list[Folder]:
        """What to list, in time order, for keys of times between two (ms, inclusive)."""
        span = end - start
        if span <= _FEW_HOURS_MS and not self._sorts:
            finest, step = _HOUR, HOUR_MS // 4
        else:
            finest = next((rank for most, rank in _GRAINS if span <= most), 0)
            step = HOUR_MS if finest == _DAY else DAY_MS
        times = [start, *range(start - start % step + step, end, step), end]
        prefixes = dict.fromkeys(self._text(time, finest) for time in times)
        # Not finer than hours: within the hour that comes twice in autumn, later keys sort before.
        first = self._text(start, _HOUR) if self._sorts else ""
        return [
            Folder(prefix, first if first.startswith(prefix) and first != prefix else "")
            for prefix in prefixes
        ]

    def _text(self, time: int, finest: int) -> str:
        """The prefix at a time, up to the first field that is finer than `finest` or not known."""
        moment = datetime.fromtimestamp(min(max(0, time), _LARGEST_MS) / 1000, self._zone)
        text = ""
        for part in self._parts:
            if part.rank > finest:
                break
            text += part.text if part.rank < 0 else _field(moment, part)
        return text


def milliseconds(text: str, form: str) -> int | None:
    """Ms since the epoch of a UTC time in a form of `datetime.strptime`; None when it is none."""
    try:
        moment = datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _parts(pattern: str) -> list[_Part]:
    parts: list[_Part] = []
    end = 0
    for found in _EXPRESSION.finditer(pattern):
        parts.append(_Part(-1, pattern[end : found.start()]))
        namespace, _, value = found[1].partition(":")
        if namespace.strip() == "timestamp":
            parts += _fields(value)
        else:
            parts.append(_Part(_UNKNOWN, found[1]))
        end = found.end()
    parts.append(_Part(-1, pattern[end:]))
    return [part for part in parts if part.rank >= 0 or part.text]


def _fields(pattern: str) -> list[_Part]:
    """The parts of a Java date pattern."""
    parts: list[_Part] = []
    for found in _FIELD.finditer(pattern):
        text, (quoted, letter) = found[0], found.groups()
        if letter is not None:
            known = letter in _RANKS and len(text) <= _MOST_DIGITS
            named = letter == "M" and len(text) > 2
            rank = _RANKS[letter] if known and not named else _UNKNOWN
            parts.append(_Part(rank, text))
        else:
            literal = text if quoted is None else quoted.replace("''", "'") or "'"
            parts.append(_Part(-1, literal))
    return parts


def _expression(part: _Part) -> str:
    """A regular expression of what a part can become."""
    if part.rank < 0:
        return re.escape(part.text)
    if part.rank != _UNKNOWN:
        return r"\d+"
    return _FAILURE if part.text == _FAILURES else ".*?"


def _field(moment: datetime, part: _Part) -> str:
    """A field of the time, with as many digits as it has letters."""
    letters = part.text
    year = moment.year % 100 if len(letters) == 2 else moment.year
    fields = (year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    return f"{fields[part.rank]:0{len(letters)}}"


def _sorts(parts: list[_Part]) -> bool:
    """Whether keys sort by time: each field is the next finer one, or repeats one before."""
    known = -1
    for part in parts:
        if part.rank == _UNKNOWN:
            break
        if part.rank < 0 or part.rank <= known:
            continue
        if part.rank != known + 1 or len(part.text) < 2:
            return False
        known = part.rank
    return known >= _DAY
