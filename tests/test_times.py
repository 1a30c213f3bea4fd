"""Times, durations and zones as people write them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.errors import UsageError
from mqtail.times import local_zone, parse_duration, parse_time, parse_zone

NOW = 1_795_216_800_000
"""2026-11-20 23:20:00 UTC, 00:20 of the next day in Berlin."""
BERLIN = ZoneInfo("Europe/Berlin")


def utc(ms: int) -> str:
    """A moment, to be read."""
    return (datetime(1970, 1, 1) + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")  # noqa: DTZ001


@pytest.fixture
def zone_of_the_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A test may set TZ and call `time.tzset`; afterwards it is as before."""
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("500ms", 500),
        ("30s", 30_000),
        ("45 s", 45_000),
        ("10m", 600_000),
        ("2h30m", 9_000_000),
        ("2h 30m", 9_000_000),
        ("1.5h", 5_400_000),
        ("3d", 259_200_000),
        ("1w", 604_800_000),
        (" 1H ", 3_600_000),
        ("0s", 0),
    ],
)
def test_durations(text: str, ms: int) -> None:
    """Numbers with units, one after the other."""
    assert parse_duration(text) == ms


@pytest.mark.parametrize("text", ["", "10", "m", "10x", "-5m", "10m later", "１０m", "1e3s"])
def test_what_is_no_duration(text: str) -> None:
    """The hint shows how to write one."""
    with pytest.raises(UsageError, match="no duration") as caught:
        parse_duration(text)
    assert "30s" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-11-20T23:20:00.000"),
        ("10m", "2026-11-20T23:10:00.000"),
        ("2h30m", "2026-11-20T20:50:00.000"),
        ("3d", "2026-11-17T23:20:00.000"),
        ("2026-11-20", "2026-11-20T00:00:00.000"),
        ("20261120", "2026-11-20T00:00:00.000"),
        ("2026-11-20T14:05", "2026-11-20T14:05:00.000"),
        ("2026-11-20 14:05:06.789", "2026-11-20T14:05:06.789"),
        ("2026-11-20 14:05:06,789", "2026-11-20T14:05:06.789"),
        ("2026-11-20T14:05:06Z", "2026-11-20T14:05:06.000"),
        ("2026-11-20T14:05+02:00", "2026-11-20T12:05:00.000"),
        ("2026-11-20 23:48:52.582272+00:00", "2026-11-20T23:48:52.582"),
        ("14:05", "2026-11-20T14:05:00.000"),
        ("14:05:06", "2026-11-20T14:05:06.000"),
        ("23:10:00.411", "2026-11-20T23:10:00.411"),
        ("01:20", "2026-11-21T01:20:00.000"),
        ("01:21", "2026-11-20T01:21:00.000"),
        ("1795216800", "2026-11-20T23:20:00.000"),
        ("1795216800123", "2026-11-20T23:20:00.123"),
        ("yesterday 14:00", "2026-11-19T14:00:00.000"),
        ("today", "2026-11-20T00:00:00.000"),
        ("Yesterday", "2026-11-19T00:00:00.000"),
        ("november", "2026-11-01T00:00:00.000"),
        ("10:15 pm", "2026-11-20T22:15:00.000"),
        ("20 minutes ago", "2026-11-20T23:00:00.000"),
        ("Nov 19 2026 10:00", "2026-11-19T10:00:00.000"),
        ("  10m  ", "2026-11-20T23:10:00.000"),
    ],
)
def test_times(text: str, moment: str) -> None:
    """Durations, ISO 8601, times of day up to two hours ahead, epochs, English words."""
    assert utc(parse_time(text, now=NOW, zone=UTC)) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20", "2026-11-19T23:00:00.000"),
        ("2026-07-01T12:00", "2026-07-01T10:00:00.000"),
        ("2026-07-01T12:00Z", "2026-07-01T12:00:00.000"),
        ("00:10", "2026-11-20T23:10:00.000"),
        ("02:20", "2026-11-21T01:20:00.000"),
        ("02:21", "2026-11-20T01:21:00.000"),
        ("today", "2026-11-20T23:00:00.000"),
        ("14:00", "2026-11-20T13:00:00.000"),
        ("yesterday 14:00", "2026-11-20T13:00:00.000"),
        ("10m", "2026-11-20T23:10:00.000"),
    ],
)
def test_times_in_a_zone(text: str, moment: str) -> None:
    """Without a zone of its own a time counts in the given one, with that date's offset."""
    assert utc(parse_time(text, now=NOW, zone=BERLIN)) == moment


@pytest.mark.parametrize(
    "text",
    [
        *("", "10", "soonish", "2026-13-01", "2026-11-20T25:00", "25:00", "12:60", "-5m", "a"),
        *("99999w", "1895-01-01", "\x00", "\ud800", "9" * 50),
    ],
)
def test_what_is_no_time(text: str) -> None:
    """Anything else is refused with an example of each form."""
    with pytest.raises(UsageError) as caught:
        parse_time(text, now=NOW, zone=UTC)
    assert caught.value.hint


def test_dateparser_is_loaded_for_words_only() -> None:
    """The usual forms, and their misspellings, cost no import."""
    code = (
        "import sys; from datetime import UTC; from mqtail.times import parse_time\n"
        "from mqtail.errors import UsageError\n"
        "for text in ('10m', '14:05', '2026-11-20', 'now', '2026-99', '14:', '10'):\n"
        "    try: parse_time(text, now=0, zone=UTC)\n"
        "    except UsageError: pass\n"
        "print('dateparser' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


WORDS = ["yesterday", "ago", " ", "14:00", "9" * 11, "minutes", "-", "years", "utc", "nov", "/"]


@given(st.lists(st.sampled_from(WORDS), max_size=6).map("".join) | st.text(max_size=12))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    """No other error gets out, dateparser's neither."""
    try:
        moment = parse_time(text, now=NOW, zone=BERLIN)
    except UsageError:
        return
    assert 0 <= moment < 253_402_300_800_000


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)), st.integers(-12, 12))  # noqa: DTZ001
def test_iso_times_round_trip(moment: datetime, hours: int) -> None:
    """An ISO time without zone is read in the given one, to the millisecond."""
    zone = timezone(timedelta(hours=hours))
    parsed = parse_time(moment.isoformat(), now=NOW, zone=zone)
    expected = moment.replace(tzinfo=zone) - datetime(1970, 1, 1, tzinfo=UTC)
    assert parsed == expected // timedelta(milliseconds=1)


@given(st.times(), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]))
def test_a_time_of_day_is_the_latest_one_within_reach(clock: object, name: str) -> None:
    """It lies at most two hours ahead and less than a day before that."""
    parsed = parse_time(str(clock)[:8], now=NOW, zone=ZoneInfo(name))
    assert NOW + 7_200_000 - 86_400_000 < parsed <= NOW + 7_200_000


@pytest.mark.parametrize("text", ["utc", "UTC", "Z"])
def test_utc(text: str) -> None:
    """In any case."""
    assert parse_zone(text) is UTC


@pytest.mark.parametrize("text", ["Europe/Berlin", "europe/berlin"])
def test_zones_by_name(text: str) -> None:
    """IANA names, in any case."""
    assert parse_zone(text) == BERLIN


@pytest.mark.parametrize(
    ("text", "near"),
    [("berlin", "Europe/Berlin"), ("Europe/Berln", "Europe/Berlin"), ("new york", "New_York")],
)
def test_unknown_zones(text: str, near: str) -> None:
    """The hint names near ones."""
    with pytest.raises(UsageError, match="no time zone") as caught:
        parse_zone(text)
    assert near in caught.value.hint


@pytest.mark.parametrize("text", ["", "Europe", "../etc", "/etc/passwd", "qqqqqq"])
def test_what_is_no_zone(text: str) -> None:
    """Folders and paths are no zones."""
    with pytest.raises(UsageError, match="no time zone"):
        parse_zone(text)


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", ":Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3", "Nowhere/Nothing"]
)
def test_the_local_zone_is_that_of_the_c_library(
    name: str, zone_of_the_process: pytest.MonkeyPatch
) -> None:
    """By name or by rule: winter and summer each have their own offset, both ways."""
    zone_of_the_process.setenv("TZ", name)
    time.tzset()
    zone = parse_zone("local")
    for moment in range(1_767_225_600, 1_798_761_600, 500_000):
        local = datetime.fromtimestamp(moment, zone)
        assert local.strftime("%H:%M %d") == time.strftime("%H:%M %d", time.localtime(moment))
        assert local.timestamp() == moment


def test_the_repeated_hour_keeps_its_order(zone_of_the_process: pytest.MonkeyPatch) -> None:
    """When clocks are set back, a rule's zone still maps every moment to itself."""
    zone_of_the_process.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    zone = local_zone()
    set_back = 1_792_890_000
    for moment in range(set_back - 7200, set_back + 7200, 600):
        assert datetime.fromtimestamp(moment, zone).timestamp() == moment


def test_an_empty_zone_is_utc(zone_of_the_process: pytest.MonkeyPatch) -> None:
    """As the C library has it."""
    zone_of_the_process.setenv("TZ", "")
    assert local_zone() is UTC


def test_without_a_variable_the_machine_s_zone_counts(
    zone_of_the_process: pytest.MonkeyPatch,
) -> None:
    """Then the zone is that of /etc/localtime, whatever it is."""
    zone_of_the_process.delenv("TZ", raising=False)
    time.tzset()
    moment = datetime.fromtimestamp(NOW / 1000, local_zone())
    assert moment.utcoffset() == timedelta(seconds=time.localtime(NOW / 1000).tm_gmtoff)
