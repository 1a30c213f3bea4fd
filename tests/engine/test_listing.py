"""What there is to choose: found bit by bit, over the embedded AWS."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from mqtail.aws.signin import SignIn
from mqtail.demo.faults import AccessDenied, ExpiredCredentials, Fault, Hang, ServerError
from mqtail.demo.server import EmbeddedAws
from mqtail.errors import CredentialsError, TargetError
from mqtail.inventory import ListedTarget, LogState, names_of
from mqtail.listing import Inventory, list_targets
from mqtail.settings import Pace, Settings
from mqtail.turns import Turns
from tests.engine.support import HURRIED, eventually, running

# CloudTrail's quota holds here, too.
SETTINGS = Settings(pace=replace(HURRIED, api_pause_ms=Pace().api_pause_ms), max_requests=1000)


def signed_in(aws: EmbeddedAws) -> SignIn:
    """The demo user."""
    return SignIn(aws.region, aws.account, endpoint_url=aws.url)


def inventory(aws: EmbeddedAws, before: tuple[ListedTarget, ...] = ()) -> Inventory:
    """An inventory as the chooser has it."""
    return Inventory(SETTINGS, signed_in(aws), api_calls=True, before=before)


def by_name(found: Inventory) -> dict[str, ListedTarget]:
    """The targets by their names."""
    return {target.name: target for target in found.targets}


async def test_everything_of_the_story(story_aws: EmbeddedAws) -> None:
    """Engine and version, instances, state, logs with their newest events; the API calls last."""
    found = inventory(story_aws)
    assert list(found.targets) == []
    await found.run()
    assert [target.name for target in found.targets] == [
        "orders-mq",
        "telemetry-mq",
        "adhoc-serverless",
        "audit-msk",
        "clicks-msk",
        "cloudtrail",
    ]
    targets = by_name(found)
    orders, clicks = targets["orders-mq"], targets["clicks-msk"]
    assert (orders.engine, orders.version, orders.state) == ("ACTIVEMQ", "5.18", "RUNNING")
    assert orders.deployment == "ACTIVE_STANDBY_MULTI_AZ"
    assert (clicks.engine, clicks.deployment) == ("PROVISIONED", "3 brokers")
    assert clicks.version.startswith("3.9")
    assert [log.destination for log in clicks.logs] == ["cloudwatch", "s3", "firehose"]
    for target in found.targets:
        assert target.known
        assert {log.state for log in target.logs} <= {LogState.FOUND}
        assert (target.newest is not None) == bool(target.logs)
    assert targets["adhoc-serverless"].silence == "a serverless cluster has no broker logs"
    assert found.done == found.total == 5 + sum(len(target.logs) for target in found.targets)
    assert not found.listing
    assert found.problems == []


async def test_names_come_before_details(aws: EmbeddedAws) -> None:
    """What listing tells is there at once; what it does not tell follows."""
    aws.mq.add_broker("orders")
    aws.kafka.add_cluster("clicks")
    blocked = aws.faults.add(Hang(), operation="DescribeBroker")
    found = inventory(aws)
    async with running(found.run()):
        await eventually(
            lambda: {"orders", "clicks"} <= by_name(found).keys() and by_name(found)["clicks"].known
        )
        orders = by_name(found)["orders"]
        assert (orders.engine, orders.state, orders.known) == ("ACTIVEMQ", "RUNNING", False)
        blocked.remove()


async def test_brokers_do_not_wait_for_the_clusters(aws: EmbeddedAws) -> None:
    """One service may be slow, or out of reach, in a region."""
    aws.mq.add_broker("orders")
    aws.faults.add(Hang(), operation="ListClustersV2")
    found = inventory(aws)
    async with running(found.run()):
        await eventually(lambda: "orders" in by_name(found) and by_name(found)["orders"].known)
        assert found.listing


async def test_only_clusters_may_be_listed(aws: EmbeddedAws) -> None:
    """They are there, and it is said what is missing and which permission."""
    aws.mq.add_broker("orders")
    aws.kafka.add_cluster("clicks")
    aws.faults.add(AccessDenied(), operation="ListBrokers")
    found = inventory(aws)
    await found.run()
    assert [target.name for target in found.targets] == ["clicks", "cloudtrail"]
    [problem] = found.problems
    assert "mq:ListBrokers" in problem.message
    assert problem.hint == "Ask for the permission mq:ListBrokers."
    listing = await list_targets(SETTINGS, signed_in(aws))
    assert listing.notes[0] == problem.message


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({}, "There are no"),
        ({"ListBrokers": AccessDenied(), "ListClusters*": AccessDenied()}, "mq:ListBrokers"),
    ],
    ids=["none", "denied"],
)
async def test_nothing_at_all(aws: EmbeddedAws, faults: dict[str, Fault], said: str) -> None:
    """It is an error that says why; the API calls can still be chosen."""
    for operation, fault in faults.items():
        aws.faults.add(fault, operation=operation.removesuffix("*"))
        if operation.endswith("*"):
            aws.faults.add(fault, operation=operation.replace("*", "V2"))
    found = inventory(aws)
    with pytest.raises(TargetError, match=said):
        await found.run()
    assert [target.name for target in found.targets] == ["cloudtrail"]
    assert found.targets[0].logs[0].state is LogState.SILENT


async def test_expired_credentials_end_it(aws: EmbeddedAws) -> None:
    """Also in the middle, with one error, not a group of them."""
    aws.mq.add_broker("orders")
    aws.faults.add(ExpiredCredentials(), operation="DescribeBroker")
    with pytest.raises(CredentialsError, match="expired"):
        await inventory(aws).run()


async def test_a_broker_that_may_not_be_looked_up(aws: EmbeddedAws) -> None:
    """It has the name, engine and state that listing told, and the documented log groups."""
    aws.mq.add_broker("orders", broker_id="b-1")
    aws.faults.add(AccessDenied(), operation="DescribeBroker")
    found = inventory(aws)
    await found.run()
    orders = found.targets[0]
    assert (orders.name, orders.engine, orders.state) == ("orders", "ACTIVEMQ", "RUNNING")
    assert [log.kind for log in orders.logs] == ["general", "audit"]


async def test_a_broker_that_cannot_be_looked_up(aws: EmbeddedAws) -> None:
    """It says why, and the others are there."""
    ids = {name: aws.mq.add_broker(name).id for name in ("orders", "billing")}
    aws.faults.add(
        ServerError(500),
        operation="DescribeBroker",
        where=lambda parameters: ids["orders"] in parameters.values(),
    )
    found = inventory(aws)
    await found.run()
    targets = by_name(found)
    assert "answered with an error" in targets["orders"].problem
    assert targets["billing"].problem == ""
    listing = await list_targets(SETTINGS, signed_in(aws))
    assert [target.name for target in listing.targets] == ["billing"]
    assert listing.notes[-1] == targets["orders"].problem


async def test_logs_that_are_off_or_wait_for_a_reboot(aws: EmbeddedAws) -> None:
    """Are no logs of it, and are named."""
    aws.mq.add_broker("bare", general=False, audit=False)
    aws.mq.add_broker("soon", general=False, audit=False, pending_logs={"general": True})
    found = inventory(aws)
    await found.run()
    targets = by_name(found)
    assert (targets["bare"].logs, targets["bare"].off) == ((), ("general", "audit"))
    assert (targets["soon"].off, targets["soon"].waiting) == (("audit",), ("general",))


async def test_what_is_on_screen_is_looked_up_first(aws: EmbeddedAws) -> None:
    """Of many, also when it comes into view while others are looked up."""
    ids = [aws.mq.add_broker(f"broker-{number:02}").id for number in range(20)]
    found = inventory(aws)
    found.prefer(ids[-3:])
    await found.run()
    asked = [next(iter(call.parameters.values())) for call in aws.calls_of("DescribeBroker")]
    assert sorted(asked) == sorted(ids)
    # The first have got their turns before the rest were there.
    assert set(ids[-3:]) < set(asked[:10])


async def test_what_was_known_stands_until_better_is_known(aws: EmbeddedAws) -> None:
    """While it is read anew; what is gone goes once listing is over."""
    orders = aws.mq.add_broker("orders")
    old = aws.mq.add_broker("old")
    group = f"{orders.log_group_prefix}general"
    aws.logs.create_group(group)
    aws.logs.put(group, "activemq-1.log", [(int(time.time() * 1000), "x")])
    first = inventory(aws)
    await first.run()
    blocked = aws.faults.add(Hang(), operation="FilterLogEvents")
    aws.mq.remove_broker(old)
    again = inventory(aws, before=first.targets)
    assert again.targets == first.targets
    async with running(again.run()):
        await eventually(lambda: not again.listing and by_name(again)["orders"].known)
        assert "old" not in by_name(again)
        assert by_name(again)["orders"].newest == by_name(first)["orders"].newest is not None
        blocked.remove()


def test_names_that_find_a_target_alone() -> None:
    """Its name, or its id or ARN where the name means more than that one."""

    def target(name: str, id: str) -> ListedTarget:
        return ListedTarget(name, id, "mq", "", "", "", "", (), "", (), ())

    targets = [
        target("orders", "b-1"),
        target("both", "b-2"),
        target("both", "arn:both"),
        target("b-1234", "b-3"),
        target("cloudtrail", "b-4"),
    ]
    everything = {one.id for one in targets}
    assert names_of(everything, targets) == ("orders", "b-2", "arn:both", "b-3", "b-4")
    alone = [target("cloudtrail", "cloudtrail")]
    assert names_of({"cloudtrail", "gone"}, alone) == ("cloudtrail",)


async def test_the_most_urgent_turn_is_next() -> None:
    """Also when what is urgent changes meanwhile, and when one that waits gives up."""
    urgent = {"c"}
    turns = Turns[str](1, lambda wish: wish not in urgent)
    order = []
    begin = asyncio.Event()

    async def work(wish: str) -> None:
        async with turns.turn(wish):
            order.append(wish)
            await begin.wait()

    tasks = {wish: asyncio.create_task(work(wish)) for wish in "abcde"}
    await asyncio.sleep(0)
    tasks["b"].cancel()
    urgent.add("e")
    begin.set()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert order == ["a", "c", "e", "d"]


async def test_a_turn_is_not_lost_when_its_owner_is_cancelled() -> None:
    """At the very moment when it is given."""
    turns = Turns[str](1, len)

    async def work() -> None:
        async with turns.turn("x"):
            await asyncio.sleep(0)

    async with turns.turn("x"):
        waiting = asyncio.create_task(work())
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(5):
        await work()
