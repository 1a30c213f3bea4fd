"""Times and durations as people write them, and the time zones to read them in.

Moments are ms since the epoch, UTC; durations are ms.
"""

from __future__ import annotations

import os
import re
import warnings
from datetime import UTC, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from mqtail.errors import UsageError

TIME_HINT = "for example 10m, 2h30m, 3d, 14:05, 2026-11-20T14:05, yesterday 14:00"
"""What `parse_time` takes, for error messages."""
DURATION_HINT = "for example 500ms, 30s, 10m, 2h30m, 3d"
"""What `parse_duration` takes, for error messages."""

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PART = r"(\d{1,12}(?:\.\d{1,6})?)\s*(ms|[smhdw])"
_DURATION = re.compile(rf"(?:{_PART}\s*)+", re.IGNORECASE | re.ASCII)
_DURATION_PART = re.compile(_PART, re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?", re.ASCII)
_YEAR_FIRST = re.compile(r"\d{4}-?\d", re.ASCII)
_WORD = re.compile(r"[^\W\d_]{2}")

_MIDNIGHTS = {"today": 0, "yesterday": 1}
"""Words for the beginning of a day, and how many days ago that was."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END_OF_TIME = 253_402_300_800_000
"""The year 10000, ms."""
_FIRST_SECOND, _LAST_SECOND = -62_135_510_400, 253_402_214_400
"""What a datetime can hold, a day of room for time zones at both ends."""
_AHEAD_MS = 7_200_000
"""How far in the future a time of day may lie; CloudWatch Logs accepts events that far ahead."""


def is_duration(text: str) -> bool:
    """Whether a text is one that `parse_duration` takes."""
    return _DURATION.fullmatch(text.strip()) is not None


def parse_duration(text: str) -> int:
    """The length of `500ms`, `30s`, `1.5h`, `2h30m`, in ms.

    Raises:
        UsageError: it is no duration; a number needs its unit.
    """
    if not is_duration(text):
        raise UsageError(f'"{text}" is no duration', DURATION_HINT)
    parts = _DURATION_PART.findall(text)
    return round(sum(float(number) * _UNITS[unit.lower()] for number, unit in parts))


def parse_time(text: str, *, now: int, zone: tzinfo) -> int:
    """The moment that a text means, in ms since the epoch.

    Takes `now`; `today` and `yesterday` (midnight); a duration (that long ago); ISO 8601 dates and
    times; a time of day (`14:05`, `14:05:30.250`: the latest such moment that is not more than two
    hours ahead); seconds (10 digits) or ms (13 digits) since the epoch; and at last what dateparser
    makes of English words.

    Args:
        text: what somebody typed.
        now: the present moment, ms.
        zone: for times that name no zone themselves.

    Raises:
        UsageError: it makes no sense, or lies before 1970.
    """
    moment = _moment(text.strip(), now, zone)
    if moment is None:
        raise UsageError(f'"{text}" is no time', TIME_HINT)
    if not 0 <= moment < _END_OF_TIME:
        raise UsageError(f'"{text}" is out of range', "times from 1970 on make sense here")
    return moment


def _moment(text: str, now: int, zone: tzinfo) -> int | None:
    if text.lower() == "now":
        return now
    if text.lower() in _MIDNIGHTS:
        day = _local(now, zone).date() - timedelta(days=_MIDNIGHTS[text.lower()])
        return _ms(datetime.combine(day, time()), zone)
    if is_duration(text):
        return now - parse_duration(text)
    if text.isascii() and text.isdigit() and len(text) in (10, 13):
        return int(text) * (1_000 if len(text) == 10 else 1)
    if clock := _CLOCK.fullmatch(text):
        return _latest_clock(clock, now, zone)
    try:
        return _ms(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        pass
    if _YEAR_FIRST.match(text) or not _WORD.search(text):
        return None
    return _from_words(text, now, zone)


def _ms(moment: datetime, zone: tzinfo) -> int:
    """Milliseconds since the epoch; `zone` counts where the moment has none."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return (aware - _EPOCH) // timedelta(milliseconds=1)


def _local(ms: int, zone: tzinfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone)


def _latest_clock(clock: re.Match[str], now: int, zone: tzinfo) -> int | None:
    """The latest moment with this time of day that is not too far ahead; None: no such time."""
    hour, minute, second, fraction = clock.groups(default="0")
    try:
        wanted = time(int(hour), int(minute), int(second), int(fraction.ljust(6, "0")))
    except ValueError:
        return None
    limit = now + _AHEAD_MS
    last_day = _local(limit, zone).date()
    days = (last_day - timedelta(days=back) for back in range(3))
    moments = (_ms(datetime.combine(day, wanted), zone) for day in days)
    return next((moment for moment in moments if moment <= limit), None)


def _from_words(text: str, now: int, zone: tzinfo) -> int | None:
    """What dateparser, which is slow to load, makes of a text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import dateparser  # type: ignore[import-untyped]

        here = _local(now, zone).replace(tzinfo=None)
        settings = {
            "RELATIVE_BASE": here,
            "PREFER_DATES_FROM": "past",
            "PREFER_DAY_OF_MONTH": "first",
        }
        try:
            found = dateparser.parse(text, languages=["en"], settings=settings)
        except (ValueError, OverflowError):
            return None
    return None if found is None else _ms(found, zone)


def parse_zone(text: str) -> tzinfo:
    """The time zone `local`, `utc`, or of an IANA name such as `Europe/Berlin`, in any case.

    Raises:
        UsageError: there is no such zone; the hint has near names.
    """
    name = text.strip().lower()
    if name == "local":
        return local_zone()
    if name in ("utc", "z"):
        return UTC
    names = {known.lower(): known for known in available_timezones()}
    if name in names:
        return ZoneInfo(names[name])
    cities: dict[str, list[str]] = {}
    for known in sorted(names.values()):
        cities.setdefault(known.rpartition("/")[2].lower(), []).append(known)
    near = [known for city in get_close_matches(name, cities, n=3) for known in cities[city]]
    near = near or [names[match] for match in get_close_matches(name, names, n=3)]
    hint = f"did you mean {', '.join(near[:3])}?" if near else "local, utc, or as in Europe/Berlin"
    raise UsageError(f'there is no time zone "{text}"', hint)


def local_zone() -> tzinfo:
    """The zone of this machine, with its rules for the past and the future.

    From TZ or /etc/localtime; where neither leads to a zone file, from the C library.
    """
    name = os.environ.get("TZ")
    if name == "":
        return UTC
    try:
        if name is None:
            with open("/etc/localtime", "rb") as file:
                return ZoneInfo.from_file(file)
        name = name.removeprefix(":")
        if os.path.isabs(name):
            with open(name, "rb") as file:
                return ZoneInfo.from_file(file)
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return _SystemZone()


class _SystemZone(tzinfo):
    """The zone that the C library works with, for zones that are no file (`CET-1CEST`)."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        if moment is None:
            return None
        return moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Not known: the C library gives the sum only."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: datetime) -> datetime:
        seconds = (moment.replace(tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
        local = datetime.fromtimestamp(seconds)  # noqa: DTZ006  # the C library's zone is meant
        return local.replace(microsecond=moment.microsecond, tzinfo=self)


def utc_text(moment: datetime) -> str:
    """ISO 8601 of a moment in UTC, as in `2026-11-20T23:24:54.411Z`."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def calendar_moment(second: int) -> datetime:
    """A second since the epoch, in UTC; one that no calendar has becomes the nearest."""
    return _EPOCH + timedelta(seconds=min(max(second, _FIRST_SECOND), _LAST_SECOND))


def age(ms: int) -> str:
    """A length of time in its largest unit: `3 s`, `12 min`, `5 h`, `2 d`."""
    seconds = max(0, ms // 1000)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def utc_minute(ms: int) -> str:
    """A moment in UTC, to the minute: `2026-11-20 09:12 UTC`."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
