"""Objects that S3 fails to give out: they are put aside, so that the others do not wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mqtail.demo.calls import Call
from mqtail.demo.faults import ConnectionReset, ErrorFault, Fault, ServerError
from mqtail.demo.kafka_clusters import Cluster
from mqtail.errors import TargetError
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.sources.objects.ordering import AT_ONCE
from mqtail.sources.objects.outcomes import SURE
from mqtail.sources.objects.seen import SeenObjects
from mqtail.sources.objects.transfer import AGAIN_HINT, MOST_TRIES
from mqtail.status import State
from tests.engine.kafka import BUCKET, deliver, kafka_line, messages
from tests.engine.support import HURRIED, Bench, ago, eventually
from tests.engine.test_objects_trouble import large, one_each

PLACE = {"kinds": ("broker",), "pace": replace(HURRIED, relist_ms=20, object_poll_ms=20)}
FAILING = [ServerError(500), ConnectionReset(), ErrorFault("Odd", "Odd.", 418)]


def of(key: str) -> Callable[[dict[str, Any]], bool]:
    """Matches calls about an object."""
    return lambda parameters: parameters["Key"] == key


@pytest.mark.parametrize("fault", FAILING, ids=["500", "reset", "odd"])
async def test_one_object_that_fails_for_ever(bench: Bench, clicks: Cluster, fault: Fault) -> None:
    """The others come, also later ones; it is named, and read as soon as that works."""
    written = one_each(bench, clicks, 10)
    bad, line = list(written.items())[4]
    others = [text for key, text in written.items() if key != bad]
    handle = bench.aws.faults.add(fault, operation="GetObject", where=of(bad))
    async with bench.following("clicks", **PLACE) as run:
        await run.watched.until_seen(*others)
        (status,) = run.tail.readers
        await eventually(lambda: (status.state, status.passed_over) == (State.LIVE, 1))
        assert f"s3://{BUCKET}/{bad}" in status.problem
        assert AGAIN_HINT in status.problem
        later = kafka_line(ago(2), "later")
        deliver(bench.aws, clicks, 1, [later], ago(1))
        await run.watched.until_seen(later)
        hits = handle.hits
        await eventually(lambda: handle.hits > hits)
        assert status.passed_over == 1
        handle.remove()
        await run.watched.until_seen(line)
        await eventually(lambda: (status.passed_over, status.problem) == (0, ""))
    assert Counter(messages(run.watched.events)) == Counter([*written.values(), later])


async def test_history_passes_over_an_object_that_fails(bench: Bench, clicks: Cluster) -> None:
    """Where the reading ends the others are given, after few tries."""
    written = one_each(bench, clicks, 10)
    bad, line = next(iter(written.items()))
    handle = bench.aws.faults.add(ServerError(500), operation="GetObject", where=of(bad))
    tail = await bench.stored("clicks", **PLACE)
    assert set(messages(list(tail.store))) == set(written.values()) - {line}
    assert bad in tail.readers[0].problem
    assert handle.hits == MOST_TRIES


async def test_nothing_but_an_object_that_fails(bench: Bench, clicks: Cluster) -> None:
    """That is a failure of the log; where it is followed, it is waited for."""
    ((_, line),) = one_each(bench, clicks, 1).items()
    handle = bench.aws.faults.add(ServerError(500), operation="GetObject")
    with pytest.raises(TargetError, match="InternalError"):
        await bench.history("clicks", **PLACE)
    async with bench.following("clicks", **PLACE) as run:
        await eventually(lambda: bool(run.tail.readers) and run.tail.readers[0].passed_over == 1)
        (status,) = run.tail.readers
        await eventually(lambda: status.state is State.FAILING)
        assert "InternalError" in status.reason
        handle.remove()
        await run.watched.until_seen(line)
        await eventually(lambda: status.state is State.LIVE)


async def test_an_object_is_read_on_from_where_it_failed(bench: Bench, clicks: Cluster) -> None:
    """What was read of it comes at once, the rest later, no line twice or in two pieces."""
    handle = bench.aws.faults.add(
        ServerError(500),
        operation="GetObject",
        where=lambda p: not p["Range"].startswith("bytes=0-"),
    )
    written = large(bench, clicks)
    other = kafka_line(ago(100), "other")
    deliver(bench.aws, clicks, 2, [other], ago(90))
    async with bench.following("clicks", **PLACE) as run:
        await run.watched.until_seen(other)
        begun = len(run.watched.events)
        assert 1_000 < begun < len(written)
        handle.remove()
        await run.watched.until_seen(written[-1])
    assert Counter(messages(run.watched.events)) == Counter([*written, other])


async def test_a_bucket_that_gives_out_nothing(bench: Bench, clicks: Cluster) -> None:
    """Then it is not the objects that are at fault: few are put aside, the others waited for."""
    written = one_each(bench, clicks, 40)
    handle = bench.aws.faults.add(ServerError(500), operation="GetObject")
    async with bench.following("clicks", **PLACE) as run:
        await eventually(lambda: bool(run.tail.readers) and run.tail.readers[0].passed_over >= SURE)
        (status,) = run.tail.readers
        struck = handle.hits
        await eventually(lambda: handle.hits > struck + 3 * MOST_TRIES)
        assert status.passed_over < SURE + AT_ONCE
        assert status.state is State.FAILING
        handle.remove()
        await run.watched.until_seen(*written.values())
        await eventually(lambda: (status.state, status.passed_over) == (State.LIVE, 0))
    assert Counter(messages(run.watched.events)) == Counter(written.values())


class _Outage(ServerError):
    """From the first read of an object on, S3 answers with nothing but errors."""

    def __init__(self) -> None:
        super().__init__(500)
        self._begun = False

    def meets(self, call: Call) -> bool:
        """Whether it has begun."""
        self._begun |= call.operation == "GetObject"
        return self._begun


async def test_an_outage_is_waited_for(bench: Bench, clicks: Cluster) -> None:
    """Nothing is put aside while the bucket cannot be listed either."""
    written = one_each(bench, clicks, 3)
    handle = bench.aws.faults.add(_Outage(), service="s3")
    async with bench.following("clicks", **PLACE) as run:
        await eventually(lambda: handle.hits > 6 * MOST_TRIES)
        assert run.tail.readers[0].passed_over == 0
        handle.remove()
        await run.watched.until_seen(*written.values())
    assert Counter(messages(run.watched.events)) == Counter(written.values())


def test_an_object_that_is_read_on_is_not_forgotten() -> None:
    """However long it takes; others are forgotten once they are not listed any more."""
    seen = SeenObjects()
    for key in ("read", "begun"):
        assert seen.is_new(DeliveredObject(key, "etag", 1, modified=0, delivered=0))
        seen.has_read(key, 7, unfinished=key == "begun")
    seen.forget(1)
    assert (seen.lines("read"), seen.lines("begun")) == (0, 7)
    seen.has_read("begun", 9, unfinished=False)
    seen.forget(1)
    assert seen.lines("begun") == 0
