"""What the keys of delivered objects mean; every such key is in a folder that is listed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqtail.logs import BucketLog
from mqtail.sources.objects.layouts import FirehoseLayout, Layout, MskLayout, TrailLayout
from mqtail.sources.objects.prefixes import DAY_MS, HOUR_MS, TimedPrefix

UUID = "01234567-abcd-4123-abcd-abcd0123efab"
ARN = f"arn:aws:kafka:eu-west-1:111122223333:cluster/clicks/{UUID}-12"
ACCOUNT = "AWSLogs/111122223333/"
FOLDER = f"KafkaBrokerLogs/eu-west-1/clicks-{UUID}-12/"
NEVER = 0

times = st.integers(1_500_000_000_000, 1_900_000_000_000)
spans = st.one_of(st.integers(0, 5 * HOUR_MS), st.integers(0, 700 * DAY_MS))


def utc(time: int, form: str, zone: str = "UTC") -> str:
    """A time (ms) in a form."""
    return datetime.fromtimestamp(time / 1000, ZoneInfo(zone)).strftime(form)


def found_by(layout: Layout, keys: list[str]) -> None:
    """Let a layout look at a bucket that has these keys."""

    async def below(prefix: str) -> list[str]:
        rest = [key.removeprefix(prefix) for key in keys if key.startswith(prefix)]
        return sorted({f"{prefix}{name.split('/')[0]}/" for name in rest if "/" in name})

    asyncio.run(layout.find(below))


def listed(layout: Layout, key: str, start: int, end: int) -> bool:
    """Whether a key is in what is listed for a time range."""
    return any(
        key.startswith(folder.prefix) and key > folder.start_after
        for folder in layout.folders(start, end)
    )


def msk(prefix: str, kind: str = "broker") -> MskLayout:
    """The layout of a cluster's log."""
    return MskLayout(BucketLog("b", prefix, ARN, "clicks", kind, "kafka"))


def msk_key(root: str, time: int, broker: int = 1) -> str:
    """A key as MSK makes it."""
    return f"{root}{ACCOUNT}{FOLDER}{utc(time, '%Y-%m-%d-%H')}/Broker-{broker}_" + utc(
        time, "%H-%M_5b17f696.log.gz"
    )


@pytest.mark.parametrize(
    ("prefix", "root"),
    [
        ("", ""),
        ("msk", "msk/"),
        ("msk", "msk"),
        ("msk/", "msk/"),
        ("msk/", "msk//"),
        ("a/b", "a/b/"),
    ],
)
def test_a_prefix_with_and_without_its_slash(prefix: str, root: str) -> None:
    """Whichever the service made of it; then only that one is listed."""
    layout, time = msk(prefix), 1_700_000_000_000
    found_by(layout, ["other/x"])
    assert layout.folders(time, time) == []
    key = msk_key(root, time, 12)
    found_by(layout, [key])
    assert layout.holds(key)
    assert layout.instance(key) == "12"
    assert len(layout.folders(time, time)) == 1
    assert listed(layout, key, time, time)
    assert not layout.holds(f"{key.rpartition('/')[0]}/")
    assert not layout.holds(key.replace("clicks", "orders"))


@settings(deadline=None)
@given(times, spans, spans)
def test_every_key_of_msk_is_listed(start: int, span: int, after: int) -> None:
    """For any range with the moment of its name in it."""
    layout = msk("msk")
    moment = start + after % (span + 1)
    key = msk_key("msk/", moment)
    found_by(layout, [key])
    assert layout.delivered(key, NEVER) == moment - moment % 60_000
    assert listed(layout, key, start, start + span)


def test_the_time_of_a_name_may_be_that_of_the_next_folder() -> None:
    """A name can tell the end of the five minutes whose beginning its folder tells."""
    key = msk_key("", 1_700_092_800_000)
    assert "/2023-11-16-00/Broker-1_00-00_" in key
    layout = msk("")
    earlier = key.replace("2023-11-16-00", "2023-11-15-23")
    assert layout.delivered(earlier, NEVER) == 1_700_092_800_000 - 1
    for odd in ("Broker-1.log.gz", "Broker-1_99-99_x.log.gz", "x"):
        assert layout.delivered(f"{key.rpartition('/')[0]}/{odd}", 5) == 5


def test_the_authorizers_folder_is_found_beside_that_of_the_brokers() -> None:
    """Its name is not documented."""
    layout = msk("msk", "authorizer")
    key = msk_key("msk/", 1_700_000_000_000).replace("KafkaBrokerLogs", "KafkaAuthorizerLogs")
    found_by(layout, [msk_key("msk/", 1_700_000_000_000)])
    assert layout.folders(0, DAY_MS) == []
    found_by(layout, [msk_key("msk/", 1_700_000_000_000), key])
    assert layout.holds(key)
    assert not layout.holds(msk_key("msk/", 1_700_000_000_000))
    assert listed(layout, key, 1_700_000_000_000, 1_700_000_000_000)


def test_one_listing_covers_the_hours_of_a_day() -> None:
    """A look every ten seconds must not cost a request for each hour."""
    layout, time = msk(""), 1_700_050_000_000
    found_by(layout, [msk_key("", time)])
    (folder,) = layout.folders(time - 3 * HOUR_MS, time)
    assert folder.prefix.endswith("/2023-11-15-")
    assert folder.start_after.endswith("/2023-11-15-09/")


FIREHOSE_PREFIXES = {
    "": "%Y/%m/%d/%H/",
    "logs/": "logs/%Y/%m/%d/%H/",
    "logs": "logs%Y/%m/%d/%H/",
    "y=!{timestamp:yyyy}/m=!{timestamp:MM}/d=!{timestamp:dd}/h=!{timestamp:HH}/": (
        "y=%Y/m=%m/d=%d/h=%H/"
    ),
    "!{timestamp:yyyy-MM-dd}/": "%Y-%m-%d/",
    "!{timestamp:yyyy/'at' HH 'o''clock'}/": "%Y/at %H o'clock/",
    "!{timestamp:dd.MM.yy}/!{timestamp:HH}h!{timestamp:mm:ss}/": "%d.%m.%y/%Hh%M:%S/",
    "!{timestamp:yyyy/MMM/dd}/": "%Y/Nov/%d/",
    "x/!{firehose:random-string}/!{timestamp:yyyy/MM/dd}/": "x/aB3/%Y/%m/%d/",
    "!{timestamp:yyyy/MM}/!{partitionKeyFromQuery:topic}/!{timestamp:dd}/": "%Y/%m/clicks/%d/",
    "!{partitionKeyFromLambda:t}-!{timestamp:yyyy}": "a/b-%Y",
}


def firehose_key(form: str, time: int, zone: str = "UTC", extension: str = ".gz") -> str:
    """A key as Firehose makes it."""
    name = utc(time, "%Y-%m-%d-%H-%M-%S")
    return utc(time, form, zone) + f"kafka.logs-3-{name}-{UUID}{extension}"


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("prefix", FIREHOSE_PREFIXES)
@settings(deadline=None)
@given(times, spans, spans)
def test_every_key_of_firehose_is_listed(
    prefix: str, zone: str, start: int, span: int, after: int
) -> None:
    """Whatever its prefix, in the stream's own time zone."""
    layout = FirehoseLayout("kafka.logs", prefix, time_zone=zone)
    moment = start + after % (span + 1)
    key = firehose_key(FIREHOSE_PREFIXES[prefix], moment, zone)
    assert layout.holds(key)
    assert layout.delivered(key, NEVER) == moment - moment % 1000
    assert layout.instance(key) is None
    assert listed(layout, key, start, start + span)


def test_other_objects_are_not_firehoses_logs() -> None:
    """Those of another stream, of a failure, and what only looks like one."""
    time = 1_700_000_000_000
    layout = FirehoseLayout("kafka.logs", "logs/", error_prefix="logs/bad/")
    good = firehose_key("logs/%Y/%m/%d/%H/", time, extension=".json")
    assert layout.holds(good)
    for key in (
        good.replace("kafka.logs", "kafkaxlogs"),
        good.replace("kafka.logs-3", "kafka.logs-old-3"),
        firehose_key("logs/bad/%Y/%m/%d/%H/", time),
        firehose_key("logs/bad/processing-failed/%Y/%m/%d/%H/", time),
        good.replace(UUID, "x"),
        "logs/2023/11/14/22/",
    ):
        assert not layout.holds(key)
    everything = FirehoseLayout(
        "kafka.logs",
        "!{partitionKeyFromQuery:t}/!{timestamp:yyyy}/",
        error_prefix="bad/!{firehose:error-output-type}/!{timestamp:yyyy}/",
    )
    assert everything.holds(firehose_key("clicks/%Y/", time))
    assert not everything.holds(firehose_key("bad/processing-failed/%Y/", time))
    # A prefix of errors that is the beginning of another name means nothing.
    assert FirehoseLayout("kafka.logs", "logs-ok/", error_prefix="logs").holds(
        firehose_key("logs-ok/%Y/%m/%d/%H/", time)
    )


def test_a_bad_time_in_a_name_leaves_last_modified() -> None:
    """What tells no time was delivered when it was last modified."""
    key = f"2023/11/14/22/kafka.logs-1-2023-13-14-22-13-20-{UUID}"
    assert FirehoseLayout("kafka.logs").delivered(key, 7) == 7
    assert TrailLayout("", "1", "r").delivered("x", 7) == 7


def trail_key(parent: str, time: int) -> str:
    """A key as CloudTrail makes it."""
    day = utc(time, "%Y/%m/%d")
    return (
        f"{parent}111122223333/CloudTrail/eu-west-1/{day}/111122223333_CloudTrail_eu-west-1_"
        + utc(time, "%Y%m%dT%H%MZ_aB3dE5.json.gz")
    )


@pytest.mark.parametrize("parent", ["AWSLogs/", "AWSLogs/o-a1b2c3d4e5/"])
@pytest.mark.parametrize("prefix", ["", "trails", "trails/"])
@settings(deadline=None)
@given(times, spans, spans)
def test_every_key_of_a_trail_is_listed(
    prefix: str, parent: str, start: int, span: int, after: int
) -> None:
    """Also where an organisation's id stands before the account."""
    layout = TrailLayout(prefix, "111122223333", "eu-west-1")
    moment = start + after % (span + 1)
    key = trail_key(f"{prefix.rstrip('/')}/{parent}".lstrip("/"), moment)
    found_by(layout, [key, key.replace("111122223333", "444455556666")])
    assert layout.holds(key)
    assert not layout.holds(key.replace("CloudTrail/", "CloudTrail-Digest/"))
    assert not layout.holds(key.replace("111122223333", "444455556666"))
    assert layout.delivered(key, NEVER) == moment - moment % 60_000
    assert layout.instance(key) is None
    assert listed(layout, key, start, start + span)


def test_a_busy_trail_is_not_listed_from_the_days_beginning() -> None:
    """The minute in the names is where the listing starts."""
    layout, time = TrailLayout("", "111122223333", "eu-west-1"), 1_700_050_000_000
    found_by(layout, [trail_key("AWSLogs/", time)])
    assert not listed(layout, trail_key("AWSLogs/", time - HOUR_MS), time, time + HOUR_MS)


@settings(deadline=None)
@given(times, spans)
def test_folders_come_in_time_order(start: int, span: int) -> None:
    """Objects are read as they are listed."""
    prefix = TimedPrefix("logs/!{timestamp:yyyy/MM/dd/HH}/")
    prefixes = [folder.prefix for folder in prefix.folders(start, start + span)]
    assert prefixes == sorted(set(prefixes))


@settings(deadline=None)
@given(st.text(max_size=40), times)
def test_any_prefix_can_be_told(pattern: str, time: int) -> None:
    """Nothing that a console takes may break the reading."""
    for text in (pattern, f"!{{timestamp:{pattern}}}"):
        assert TimedPrefix(text, UTC).folders(time, time + HOUR_MS)


def keys_of_a_day() -> Iterator[int]:
    """Moments all over a day at whose end a clock goes back."""
    yield from range(1_699_100_000_000, 1_699_300_000_000, 7 * 60_000)


def test_no_key_is_missed_when_clocks_go_back() -> None:
    """The hour that comes twice has one folder."""
    layout = FirehoseLayout("kafka.logs", time_zone="America/New_York")
    for moment in keys_of_a_day():
        key = firehose_key("%Y/%m/%d/%H/", moment, "America/New_York")
        for before in (0, 30 * 60_000, HOUR_MS, 2 * HOUR_MS):
            assert listed(layout, key, moment - before, moment)
