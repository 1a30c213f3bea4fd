"""Objects as real services deliver them: what their names, contents and failures may be."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mqtail.demo.faults import ErrorFault, Slow
from mqtail.demo.kafka_clusters import Cluster
from mqtail.sources.objects.layouts import FirehoseLayout
from mqtail.status import State
from tests.engine.kafka import BUCKET, deliver, kafka_line, messages
from tests.engine.support import Bench, ago, eventually

HOUR_MS = 3_600_000
IDENTIFIER = "01234567-89ab-cdef-0123-456789abcdef"


def deliver_as(bench: Bench, cluster: Cluster, folder: int, named: int, lines: list[str]) -> None:
    """Deliver lines into the folder of an hour under the name of a minute (both ms)."""
    key = cluster.object_key(1, folder, "0a0b0c0d")
    head, _, name = key.rpartition("/")
    broker, _, token = name.split("_")
    name = f"{broker}_{datetime.fromtimestamp(named // 1000, UTC):%H-%M}_{token}"
    body = gzip.compress("".join(f"{line}\n" for line in lines).encode())
    bench.aws.s3.put_object(BUCKET, f"{head}/{name}", body, modified=named)


@pytest.mark.parametrize("apart", [2, -2])
@pytest.mark.parametrize("hours", range(1, 8))
async def test_a_name_of_the_next_hour(
    bench: Bench, clicks: Cluster, hours: int, apart: int
) -> None:
    """An object of 09:55 to 10:02 may be in the folder of either hour."""
    now = ago(0)
    edge = now - now % HOUR_MS - hours * HOUR_MS
    line = kafka_line(edge - 60_000, "at the edge")
    named = edge + apart * 60_000
    folder = edge - 1000 if apart > 0 else edge + 1000
    deliver_as(bench, clicks, folder, named, [line])
    events = await bench.history("clicks", kinds=("broker",), since=ago(9 * 3600))
    assert messages(events) == [line]


def firehose_key(prefix: str, time: int) -> str:
    """A key with a prefix that is evaluated."""
    return f"{prefix}s-1-{datetime.fromtimestamp(time // 1000, UTC):%Y-%m-%d-%H-%M-%S}-{IDENTIFIER}"


@pytest.mark.parametrize(
    "error_prefix",
    [
        "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/",
        "!{firehose:error-output-type}/",
        "data/!{firehose:error-output-type}/!{timestamp:yyyy/MM}/",
    ],
)
def test_an_error_prefix_that_begins_with_the_kind_of_error(error_prefix: str) -> None:
    """It is told apart from the data by what kinds there are."""
    time = ago(0)
    at = datetime.fromtimestamp(time // 1000, UTC)
    layout = FirehoseLayout("s", "data/app/!{timestamp:yyyy/MM}/", error_prefix=error_prefix)
    assert layout.holds(firehose_key(f"data/app/{at:%Y/%m}/", time))


def test_errors_beside_data_of_any_prefix() -> None:
    """What failed is told by the kind of error where anything else may stand in its place."""
    hour = f"{datetime.fromtimestamp(ago(0) // 1000, UTC):%Y/%m/%d/%H}"
    layout = FirehoseLayout(
        "s",
        "!{firehose:random-string}/!{timestamp:yyyy/MM/dd/HH}/",
        error_prefix="!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/",
    )
    assert layout.holds(firehose_key(f"abc/{hour}/", ago(0)))
    assert not layout.holds(firehose_key(f"processing-failed/{hour}/", ago(0)))
    assert not layout.holds(firehose_key(f"AmazonOpenSearchService-failed/{hour}/", ago(0)))


def test_an_hour_that_comes_twice() -> None:
    """When summer time ends, keys of the second 01:05 sort before those of the first 01:50."""
    zone = ZoneInfo("Europe/Berlin")
    layout = FirehoseLayout("s", "!{timestamp:yyyy/MM/dd/HH/mm}/", time_zone="Europe/Berlin")
    start = int(datetime(2026, 10, 25, 0, 50, tzinfo=UTC).timestamp() * 1000)
    time = start + 15 * 60_000
    local = datetime.fromtimestamp(time / 1000, zone)
    key = firehose_key(f"{local:%Y/%m/%d/%H/%M}/", time)
    assert any(
        key.startswith(folder.prefix) and key > folder.start_after
        for folder in layout.folders(start, start + HOUR_MS)
    )


async def test_an_object_that_s3_refuses_does_not_stop_the_others(
    bench: Bench, clicks: Cluster
) -> None:
    """Encrypted with a key of its writer's own (SSE-C), it cannot be read without that key."""
    lines = [kafka_line(ago(300 - n), f"line {n}") for n in range(3)]
    keys = [deliver(bench.aws, clicks, n + 1, [line], ago(200)) for n, line in enumerate(lines)]
    text = (
        "The object was stored using a form of Server Side Encryption. The correct parameters must"
        " be provided to retrieve the object."
    )
    bench.aws.faults.add(
        ErrorFault("InvalidRequest", text),
        operation="GetObject",
        where=lambda p: p["Key"] == keys[1],
    )
    tail = await bench.stored("clicks", kinds=("broker",))
    assert messages(list(tail.store)) == [lines[0], lines[2]]
    (status,) = tail.readers
    assert status.passed_over == 1
    assert keys[1] in status.problem
    assert "Server Side Encryption" in status.problem


async def test_forbidden_objects_before_those_that_are_not(bench: Bench, clicks: Cluster) -> None:
    """What is older may be encrypted with another key: that is no reason to end."""
    for number in range(40):
        moment = ago(3 * 3600 - number)
        key = deliver(bench.aws, clicks, 1, [kafka_line(moment, "of old")], moment)
        bench.aws.s3.deny_object(BUCKET, key)
    lines = [kafka_line(ago(300 - number), f"line {number}") for number in range(3)]
    for line in lines:
        deliver(bench.aws, clicks, 1, [line], ago(290))
    bench.aws.faults.add(Slow(0.1), operation="GetObject")
    async with bench.following("clicks", kinds=("broker",), since=ago(4 * 3600)) as run:
        await run.watched.until_seen(*lines)
        await eventually(lambda: run.tail.readers[0].state is State.LIVE)
        assert run.tail.readers[0].passed_over == 40


async def test_what_cannot_be_read_at_all(bench: Bench, clicks: Cluster) -> None:
    """Nothing is said of a part that was read where there is none."""
    deliver(bench.aws, clicks, 1, [], ago(100), body=b"PAR1 and so on")
    (status,) = (await bench.stored("clicks", kinds=("broker",))).readers
    assert status.problem.endswith(".log.gz cannot be read: it is Parquet, which is not read.")


async def test_lines_that_look_like_json_at_the_beginning(bench: Bench, clicks: Cluster) -> None:
    """The first line of an object may go on with an event; its indentation stays."""
    head = kafka_line(ago(300), "The configuration is", "ERROR")
    deliver(bench.aws, clicks, 1, [head], ago(290))
    after = kafka_line(ago(299), "Broken", "ERROR")
    rest = ["{", "  a = 1", "}"]
    trace = [after, "java.lang.E: x", "\tat a.b.C(D.java:1)"]
    deliver(bench.aws, clicks, 1, [*rest, *trace], ago(280))
    events = await bench.history("clicks", kinds=("broker",))
    assert messages(events)[-1] == "\n".join(trace)
    assert messages(events)[0] == "\n".join([head, *rest])


async def test_records_that_name_countless_brokers(bench: Bench) -> None:
    """What a record says is data: it must not fill memory with brokers."""
    bench.aws.kafka.add_cluster("clicks", firehose="s")
    stream = bench.aws.firehose.add_stream("s", s3={"bucket": "delivered"})
    records = [
        json.dumps({"instance": f"request-{n}", "message": f"m {n}", "timestamp": ago(100)})
        for n in range(5000)
    ]
    bench.aws.firehose.deliver(stream, [r.encode() for r in records], arrived=ago(100))
    tail = await bench.stored("clicks", kinds=("broker",), destinations=("firehose",))
    assert len(tail.store) == 5000
    assert len(tail.readers[0].streams) <= 1001
