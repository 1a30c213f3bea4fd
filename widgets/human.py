"""Numbers, times, durations and names as people read them in a narrow place."""

from __future__ import annotations

from datetime import datetime, tzinfo

from rich.cells import cell_len, set_cell_size


def duration(seconds: float) -> str:
    """A length of time in its largest unit: `3s`, `12m`, `5h`, `2d`; below one second `0s`."""
    seconds = max(0.0, seconds)
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= unit:
            return f"{int(seconds // unit)}{name}"
    return f"{int(seconds)}s"


def lag(seconds: float) -> str:
    """How late something came, precisely enough to tell a second from two: `0.5s`, `4m12s`."""
    for unit, next_unit in ((86_400, 3_600), (3_600, 60), (60, 1)):
        if seconds >= unit:
            rest = seconds % unit
            return duration(seconds) + (duration(rest) if rest >= next_unit else "")
    return f"{seconds:.1f}s"


def count(number: int) -> str:
    """A number with its thousands set apart: `45,678`."""
    return f"{number:,}"


def short_count(number: int) -> str:
    """A number in at most seven characters: `45,678`, `1.23M`."""
    return count(number) if number < 1_000_000 else f"{number / 1_000_000:.2f}M"


def events(number: int) -> str:
    """`1 event`, `2 events`."""
    return f"{number:,} event{'' if number == 1 else 's'}"


def errors(number: int) -> str:
    """`1 error`, `2 errors`."""
    return f"{number:,} error{'' if number == 1 else 's'}"


def objects(number: int) -> str:
    """`1 object`, `2 objects`."""
    return f"{number:,} object{'' if number == 1 else 's'}"


def time_of_day(ms: int, zone: tzinfo, *, millis: bool = False) -> str:
    """`10:12:33`, or `10:12:33.123`, of a moment (ms since the epoch) in `zone`."""
    moment = datetime.fromtimestamp(ms // 1000, zone)
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{ms % 1000:03d}" if millis else text


def short_time(ms: int, now: int, zone: tzinfo) -> str:
    """`10:12`, or `11-20 10:12` of another day than now (both ms since the epoch), in `zone`."""
    moment, present = (datetime.fromtimestamp(time // 1000, zone) for time in (ms, now))
    return moment.strftime("%H:%M" if moment.date() == present.date() else "%m-%d %H:%M")


def date_and_time(ms: int, zone: tzinfo) -> str:
    """`2026-11-21 10:12:33.123 +00:00`, of a moment (ms since the epoch) in `zone`."""
    moment = datetime.fromtimestamp(ms // 1000, zone)
    offset = moment.strftime("%z")
    return f"{moment:%Y-%m-%d %H:%M:%S}.{ms % 1000:03d} {offset[:3]}:{offset[3:5]}"


def cut(text: str, width: int) -> str:
    """A text that is cut where it is too wide (cells), with a mark."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def shorten(name: str, width: int) -> str:
    """A name that is too wide (cells) loses its middle: ends tell brokers and nodes apart."""
    if cell_len(name) <= width:
        return name
    head = (width - 1) // 2
    tail = set_cell_size(name[::-1], width - 1 - head)[::-1]
    return f"{set_cell_size(name, head)}…{tail}"
