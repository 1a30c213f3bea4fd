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
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.events import LogEvent
from mqtail.settings import Settings
from tests.engine.kafka import BUCKET, deliver, kafka_line
from tests.engine.support import running
from tests.engine.virtual import Times, run

GROUPS = 16
BROKERS = 10
HOUR_MS = 3_600_000


@asynccontextmanager
async def following(
    aws: EmbeddedAws, times: Times, *targets: str, kinds: tuple[str, ...] = ()
) -> AsyncIterator[Tail]:
    """A tail into nowhere, at the usual pace and within the usual budget."""

    async def show(events: list[LogEvent]) -> None:
        """Nothing is done with them."""

    sign_in = SignIn(aws.region, endpoint_url=aws.url)
    tail = Tail(Settings(targets, kinds=kinds), sign_in, clock=times.clock())
    async with running(tail.run_in_order(show)):
        yield tail


def test_idle_log_groups_neither_hold_up_a_busy_one_nor_starve() -> None:
    """With far more log groups than requests, listing their streams takes few of those."""

    async def main() -> list[Call]:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            groups = [f"/idle/{number:02}" for number in range(GROUPS)]
            for group in ("/busy", *groups):
                aws.logs.create_stream(group, "s")
            async with following(aws, times, "/busy", "/idle/*"):
                for second in range(50):
                    aws.logs.put("/busy", "s", [(times.service(), f"event {second}")])
                    if second == 20:
                        # All have been read for the first time.
                        aws.calls.clear()
                    await asyncio.sleep(1)
            return aws.calls

    calls = run(main())
    operations = Counter(call.operation for call in calls)
    read = Counter(
        str(call.parameters["logGroupName"])
        for call in calls
        if call.operation == "FilterLogEvents"
    )
    assert read["/busy"] >= 30 / 2
    assert len(read) == 1 + GROUPS
    assert operations["DescribeLogStreams"] <= sum(operations.values()) / 4


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


def test_a_look_for_objects_lists_the_same_however_many_there_are() -> None:
    """Folders of hours that have passed are left alone, and nothing is read twice."""

    async def main(hours: int) -> Counter[str]:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            aws.s3.create_bucket(BUCKET)
            cluster = aws.kafka.add_cluster("clicks", s3=(BUCKET, "msk"))
            now = times.service()
            for at in range(now - hours * HOUR_MS, now, 900_000):
                for broker in range(1, BROKERS + 1):
                    deliver(aws, cluster, broker, [kafka_line(at, "event")], at)
            async with following(aws, times, "clicks", kinds=("broker",)):
                await asyncio.sleep(15)
                aws.calls.clear()
                await asyncio.sleep(60)
            return Counter(call.operation for call in aws.calls)

    few, many = run(main(4)), run(main(12))
    assert few == many
    # Six looks, each at three folders at the most; and nothing else.
    assert list(few) == ["ListObjectsV2"]
    assert few["ListObjectsV2"] <= 6 * 3
