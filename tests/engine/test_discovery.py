"""From names to targets, and log groups that appear later."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from mqtail.aws.calls import ATTEMPTS
from mqtail.aws.signin import SignIn
from mqtail.demo.faults import AccessDenied, ServerError
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.errors import TargetError, UsageError
from mqtail.settings import Settings
from mqtail.status import ReaderStatus, State
from mqtail.targets import BROKER_GROUPS
from tests.engine.support import Bench, ago, eventually, running
from tests.engine.virtual import Times, run

ORDERS, TELEMETRY = "orders-mq", "telemetry-mq"


def groups(tail: Tail) -> set[str]:
    """Kinds of the log groups that were read, with their targets."""
    return {f"{status.target}/{status.kind}" for status in log_readers(tail)}


def log_readers(tail: Tail) -> list[ReaderStatus]:
    """The readers of logs, without the one of the API calls beside them."""
    return [status for status in tail.readers if status.kind != "api"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("orders-mq", {"orders-mq/general", "orders-mq/audit"}),
        ("orders-*", {"orders-mq/general", "orders-mq/audit"}),
        (
            "telemetry-mq",
            {"telemetry-mq/general", "telemetry-mq/connection", "telemetry-mq/channel"},
        ),
        ("/aws/lambda/billing", {"/aws/lambda/billing/billing"}),
        ("/aws/lambda/*", {"/aws/lambda/billing/billing"}),
        (
            "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/billing:*",
            {"/aws/lambda/billing/billing"},
        ),
    ],
)
async def test_names_and_patterns(story_bench: Bench, name: str, expected: set[str]) -> None:
    """Each form of a target finds the log groups that it means."""
    assert groups(await story_bench.stored(name)) == expected


async def test_id_arn_and_no_name_at_all(story_bench: Bench) -> None:
    """A broker's id and ARN; without a name every broker, each once."""
    orders = (await story_bench.stored(ORDERS)).targets[0]
    for name in (orders.id, orders.arn):
        assert groups(await story_bench.stored(name)) == {"orders-mq/general", "orders-mq/audit"}
    everything = await story_bench.stored(targets=())
    names = {status.target for status in log_readers(everything)}
    assert names == {ORDERS, TELEMETRY, "clicks-msk", "audit-msk"}


async def test_instances_are_known_from_stream_names(story_bench: Bench) -> None:
    """Numbers for ActiveMQ, hosts for the nodes of RabbitMQ."""
    tail = await story_bench.stored("*-mq", since=ago(3_700))
    instances = {event.source.target: set() for event in tail.store}  # type: dict[str, set[str | None]]
    for event in tail.store:
        if event.source.kind != "api":
            instances[event.source.target].add(event.source.instance)
    assert instances[ORDERS] == {"1", "2"}
    assert instances[TELEMETRY] == {"ip-10-0-21-51", "ip-10-0-21-52", "ip-10-0-21-53"}


async def test_an_unknown_name_names_the_nearest(story_bench: Bench) -> None:
    """A slip of the finger is most likely."""
    with pytest.raises(TargetError, match="order-mq") as caught:
        await story_bench.stored("order-mq")
    assert "orders-mq" in caught.value.hint
    with pytest.raises(TargetError) as caught:
        await story_bench.stored("/aws/lambda/biling")
    assert "/aws/lambda/billing" in caught.value.hint


async def test_an_arn_of_another_region(story_bench: Bench) -> None:
    """The hint is the option that mends it."""
    with pytest.raises(UsageError) as caught:
        await story_bench.stored("arn:aws:logs:eu-west-1:111122223333:log-group:/x")
    assert "--region eu-west-1" in caught.value.hint


async def test_documented_names_serve_where_the_broker_cannot_be_looked_up(
    story_bench: Bench,
) -> None:
    """With the id given, reading works without mq:DescribeBroker, and a note says so."""
    orders = (await story_bench.stored(ORDERS)).targets[0]
    story_bench.aws.faults.add(AccessDenied(), operation="DescribeBroker")
    story_bench.aws.faults.add(AccessDenied(), operation="DescribeLogGroups")
    tail = await story_bench.stored(orders.id)
    assert {status.kind for status in log_readers(tail)} == {"general", "audit"}
    assert any("documented log group names" in note for note in tail.notes)
    assert len(tail.store) > 0


async def test_a_log_that_is_off_is_a_note(bench: Bench) -> None:
    """Otherwise one waits for what never comes."""
    broker = bench.aws.mq.add_broker("quiet", audit=False)
    bench.aws.logs.put(f"{broker.log_group_prefix}general", "s", [(ago(5), "x")])
    tail = await bench.stored("quiet")
    assert [status.kind for status in log_readers(tail)] == ["general"]
    assert "quiet: audit logging is off." in tail.notes


async def test_a_group_that_appears_later_is_picked_up(bench: Bench) -> None:
    """RabbitMQ's further groups come into being with their first line."""
    broker = bench.aws.mq.add_broker("rabbit", engine="RABBITMQ")
    prefix = broker.log_group_prefix
    bench.aws.logs.put(f"{prefix}general", "s", [(ago(5), "one")])
    async with bench.following("rabbit") as run:
        await run.watched.until_seen("one")
        bench.aws.logs.put(f"{prefix}connection", "s", [(ago(0), "two")])
        await run.watched.until_seen("two")
    assert groups(run.tail) == {"rabbit/general", "rabbit/connection"}


async def test_a_group_that_should_be_there_is_waited_for(bench: Bench) -> None:
    """The first reboot of a broker makes it; no restart is needed to see it."""
    broker = bench.aws.mq.add_broker("young", audit=False)
    async with bench.following("young") as run:
        await eventually(
            lambda: bool(run.tail.readers) and run.tail.readers[0].state is State.WAITING
        )
        bench.aws.logs.put(f"{broker.log_group_prefix}general", "s", [(ago(0), "born")])
        await run.watched.until_seen("born")
    assert run.watched.count("born") == 1


async def test_further_pages_of_brokers_and_groups_are_read(bench: Bench) -> None:
    """ListBrokers gives a hundred at a time, DescribeLogGroups fifty."""
    for number in range(120):
        broker = bench.aws.mq.add_broker(f"b{number:03}", audit=False)
        bench.aws.logs.put(f"{broker.log_group_prefix}general", "s", [(ago(5), f"{number}")])
    assert len(log_readers(await bench.stored("b*"))) == 120
    for number in range(70):
        bench.aws.logs.create_group(f"/many/{number:02}")
    assert len((await bench.stored("/many/*")).readers) == 70


def test_many_brokers_have_their_log_groups_listed_together() -> None:
    """While they are looked up, and again for those that appear."""

    async def main() -> tuple[Counter[str], Counter[str]]:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            for number in range(50):
                broker = aws.mq.add_broker(f"mq-{number:02}")
                for kind in ("general", "audit"):
                    aws.logs.create_stream(f"{broker.log_group_prefix}{kind}", "s")
            sign_in = SignIn(aws.region, endpoint_url=aws.url)
            tail = Tail(Settings(("mq-*",), output="tui"), sign_in, clock=times.clock())
            async with running(tail.run()):
                await eventually(lambda: len(log_readers(tail)) == 100)
                start = Counter(call.operation for call in aws.calls)
                aws.calls.clear()
                aws.logs.create_stream(f"{broker.log_group_prefix}connection", "s")
                await asyncio.sleep(60)
                assert len(log_readers(tail)) == 101
            return start, Counter(call.operation for call in aws.calls)

    start, later = run(main())
    assert start["DescribeBroker"] == 50
    # The first few by themselves, then three pages.
    assert start["DescribeLogGroups"] <= 4 + 3
    assert later["DescribeLogGroups"] <= 2 * 3


async def test_brokers_are_listed_one_by_one_where_only_that_is_permitted(bench: Bench) -> None:
    """A policy may name the log groups of some brokers."""
    prefixes = set()
    for number in range(8):
        prefix = bench.aws.mq.add_broker(f"mq-{number}", audit=False).log_group_prefix
        bench.aws.logs.create_stream(f"{prefix}extra", "s")
        prefixes.add(prefix)
    bench.aws.faults.add(
        AccessDenied(),
        operation="DescribeLogGroups",
        where=lambda parameters: parameters.get("logGroupNamePrefix") not in prefixes,
    )
    tail = await bench.stored("mq-*")
    assert sum(status.kind == "extra" for status in log_readers(tail)) == 8
    denied = [
        call
        for call in bench.aws.calls_of("DescribeLogGroups")
        if call.parameters.get("logGroupNamePrefix") not in prefixes
    ]
    assert len(denied) == 1


def test_a_listing_of_many_brokers_that_fails_fails_but_once() -> None:
    """Not for each of those that wait for it, one after the other."""

    async def main() -> int:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            for number in range(20):
                aws.mq.add_broker(f"mq-{number}", audit=False)
            together = aws.faults.add(
                ServerError(),
                operation="DescribeLogGroups",
                where=lambda parameters: parameters.get("logGroupNamePrefix") == BROKER_GROUPS,
            )
            sign_in = SignIn(aws.region, endpoint_url=aws.url)
            tail = Tail(Settings(("mq-*",)), sign_in, clock=times.clock())
            async with running(tail.run()):
                await eventually(lambda: len(log_readers(tail)) == 20)
            return together.hits

    assert run(main()) == ATTEMPTS


def test_log_groups_of_brokers_that_are_gone_are_not_listed_again_and_again() -> None:
    """Where there are many, it takes fewer requests to ask for each broker."""

    async def main() -> Counter[str]:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            for number in range(6):
                broker = aws.mq.add_broker(f"mq-{number}", audit=False)
                aws.logs.create_stream(f"{broker.log_group_prefix}general", "s")
            for number in range(20 * 50):
                aws.logs.create_group(f"{BROKER_GROUPS}b-gone-{number}/general")
            sign_in = SignIn(aws.region, endpoint_url=aws.url)
            tail = Tail(Settings(("mq-*",)), sign_in, clock=times.clock())
            async with running(tail.run()):
                await eventually(lambda: len(log_readers(tail)) == 6)
                aws.calls.clear()
                await asyncio.sleep(60)
            return Counter(call.operation for call in aws.calls)

    assert run(main())["DescribeLogGroups"] <= 2 * 6
