"""Requests go with what is new, not with what exists: counted, in virtual time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mqtail.aws.budget import Budget, Use
from mqtail.aws.signin import SignIn
from mqtail.demo.calls import Call
from mqtail.demo.faults import AccessDenied
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.settings import Settings
from tests.engine.kafka import BUCKET, deliver, kafka_line
from tests.engine.support import running
from tests.engine.virtual import Times, run

GROUPS = 200
BUSY = 4
BROKERS = 30


@asynccontextmanager
async def following(
    aws: EmbeddedAws, times: Times, *targets: str, kinds: tuple[str, ...] = ()
) -> AsyncIterator[Tail]:
    """A tail into its store, at the usual pace and within the usual budget."""
    sign_in = SignIn(aws.region, endpoint_url=aws.url)
    tail = Tail(Settings(targets, kinds=kinds), sign_in, clock=times.clock())
    async with running(tail.run()):
        yield tail


def reads(calls: list[Call]) -> Counter[str]:
    """How often each log group was read."""
    return Counter(
        str(call.parameters["logGroupName"])
        for call in calls
        if call.operation == "FilterLogEvents"
    )


@asynccontextmanager
async def many_groups(times: Times) -> AsyncIterator[tuple[EmbeddedAws, list[str]]]:
    """An AWS with many log groups, a few of them busy: their names."""
    groups = [f"/group/{number:03}" for number in range(GROUPS)]
    busy = groups[GROUPS // BUSY - 1 :: GROUPS // BUSY]
    async with EmbeddedAws(clock=times.service) as aws:
        for group in groups:
            aws.logs.create_stream(group, "s")
        for group in busy:
            aws.logs.put(group, "s", [(times.service() - 5_000, "before")])

        async def speak() -> None:
            while True:
                for group in busy:
                    aws.logs.put(group, "s", [(times.service(), "live")])
                await asyncio.sleep(1)

        async with running(speak()):
            yield aws, busy


def test_idle_log_groups_neither_hold_up_busy_ones_nor_starve() -> None:
    """Each is read once, the largest first, before idle ones are read again.

    Where something happens is read on meanwhile, and then every few seconds.
    """

    async def main() -> None:
        times = Times()
        async with many_groups(times) as (aws, busy), following(aws, times, "/group/*") as tail:
            shown: dict[str, int] = {}
            while len(reads(aws.calls)) < GROUPS:
                await asyncio.sleep(0.1)
                for event in tail.store:
                    if event.message == "live":
                        shown.setdefault(event.source.log_group, len(aws.calls))
            first = list(aws.calls)
            aws.calls.clear()
            await asyncio.sleep(150)
            then = list(aws.calls)
        _check_start(first, busy, shown)
        _check_following(then, busy, seconds=150)

    run(main())


def _check_start(calls: list[Call], busy: list[str], shown: dict[str, int]) -> None:
    """Check the requests until every log group was read.

    Args:
        shown: after how many of them something new of each busy one showed.
    """
    read = reads(calls)
    assert {call.operation for call in calls} == {"DescribeLogGroups", "FilterLogEvents"}
    # A fifth of the requests is left to the busy ones.
    assert len(calls) <= GROUPS * 5 / 4 + 10
    assert {count for group, count in read.items() if group not in busy} == {1}
    assert list(read)[:BUSY] == busy
    assert set(shown) == set(busy)
    # Listing the log groups, the history of the busy ones; then those have one of five.
    assert max(shown.values()) <= 4 + BUSY + 5 * BUSY + 2


def _check_following(calls: list[Call], busy: list[str], *, seconds: int) -> None:
    """Check the requests while all are followed."""
    read = reads(calls)
    assert len(calls) <= 4 * (seconds + 1)
    assert min(read[group] for group in busy) >= seconds / 3
    assert len(read) == GROUPS
    listings = sum(call.operation == "DescribeLogStreams" for call in calls)
    assert listings <= len(calls) / 8


def test_log_groups_that_cannot_be_read_do_not_hold_up_busy_ones() -> None:
    """They are tried again and again: that takes half of the requests at most."""

    async def main() -> None:
        times = Times()
        async with many_groups(times) as (aws, busy):
            denied = lambda p: p.get("logGroupName") not in busy  # noqa: E731
            aws.faults.add(AccessDenied(), operation="FilterLogEvents", where=denied)
            async with following(aws, times, "/group/*"):
                await asyncio.sleep(90)
                aws.calls.clear()
                await asyncio.sleep(60)
                read = reads(aws.calls)
        assert min(read[group] for group in busy) >= 60 / 4

    run(main())


def test_log_groups_that_were_not_read_yet_go_before_idle_ones() -> None:
    """One request of five meanwhile is for those where something happens."""

    async def main() -> list[Use]:
        budget, served = Budget(4), []

        async def take(use: Use) -> None:
            await budget.take(use)
            served.append(use)

        uses = [use for use in (Use.FIRST, Use.IDLE, Use.LISTING, Use.READING) for _ in range(40)]
        async with asyncio.TaskGroup() as tasks:
            for use in uses:
                tasks.create_task(take(use))
        return served

    served = run(main())
    first = served[: len(served) - served[::-1].index(Use.FIRST)]
    assert Counter(first) == {Use.FIRST: 40, Use.READING: 9}


@pytest.mark.parametrize("waiting", [10, 200], ids=["few", "many"])
def test_a_request_does_not_wait_for_all_of_another_use(waiting: int) -> None:
    """It has its turn after one of them, beside those that were within a second's burst."""

    async def main() -> int:
        budget = Budget(4)
        idle = [asyncio.create_task(budget.take(Use.IDLE)) for _ in range(waiting)]
        await asyncio.sleep(0)
        await budget.take()
        done = sum(task.done() for task in idle)
        for task in idle:
            task.cancel()
        await asyncio.wait(idle)
        assert sum(task.cancelled() for task in idle) == waiting - done
        return done

    assert run(main()) <= 4 + 2


def test_a_poll_is_one_request_however_many_streams_there_are() -> None:
    """And so is listing them, in the long run."""

    async def main() -> Counter[str]:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            for number in range(1_000):
                aws.logs.create_stream("/many", f"s-{number:04}")
            async with following(aws, times, "/many"):
                await asyncio.sleep(30)
                aws.calls.clear()
                await asyncio.sleep(150)
            return Counter(call.operation for call in aws.calls)

    operations = run(main())
    sweeps = 150 // 30 + 1
    assert operations["FilterLogEvents"] <= 150 / 3 + sweeps + 1
    assert operations["DescribeLogStreams"] <= 150 / 30


def test_reading_objects_takes_the_same_however_many_there_are() -> None:
    """Folders of hours that have passed are left alone, and nothing is read twice."""

    async def main(count: int) -> tuple[Counter[str], Counter[str]]:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            aws.s3.create_bucket(BUCKET)
            cluster = aws.kafka.add_cluster("clicks", s3=(BUCKET, "msk"))

            def deliver_all(at: int) -> None:
                for broker in range(1, BROKERS + 1):
                    deliver(aws, cluster, broker, [kafka_line(at, "event")], at)

            for number in range(count // BROKERS, 0, -1):
                deliver_all(times.service() - number * 300_000)
            async with following(aws, times, "clicks", kinds=("broker",)) as tail:
                await asyncio.sleep(15)
                start = Counter(call.operation for call in aws.calls)
                aws.calls.clear()
                before = len(tail.store)
                deliver_all(times.service())
                await asyncio.sleep(60)
                assert len(tail.store) - before == BROKERS
            return start, Counter(call.operation for call in aws.calls)

    start, minute = run(main(2_000))
    assert run(main(10_000)) == (start, minute)
    # Finding the cluster's folder, then the objects of four hours, 200 to a page.
    assert start["ListObjectsV2"] <= 14
    # Six looks, each at the objects of an hour and a half at the most: three pages.
    assert set(minute) == {"ListObjectsV2", "GetObject"}
    assert minute["ListObjectsV2"] <= 6 * 3
    assert minute["GetObject"] == BROKERS
