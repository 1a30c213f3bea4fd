"""The application over the real engine and the embedded AWS, as a user runs it."""

from __future__ import annotations

from collections import Counter

import pytest

from mqtail.demo.faults import AccessDenied, ExpiredCredentials, Throttle
from mqtail.demo.server import EmbeddedAws
from mqtail.errors import TargetError
from tests.engine.support import GROUP, STREAM, ago, line
from tests.tui.support import make_app, until
from tui.app import MqtailApp
from widgets.log.view import LogView
from widgets.sources.tree import SourceTree
from widgets.status_line import StatusLine


def shown(app: MqtailApp) -> list[str]:
    """What the log shows: the message part of its events."""
    return [event.message.split(" | ")[2] for event in app.screen.query_one(LogView).view]


def status(app: MqtailApp) -> str:
    """The status line's text."""
    return str(app.screen.query_one(StatusLine).render_line(0).text)


async def test_history_live_and_late_events_of_a_broker(aws: EmbeddedAws) -> None:
    """Both instances in one view, what arrives, and what arrives late in its place."""
    broker = aws.mq.add_broker("orders-mq", deployment="ACTIVE_STANDBY_MULTI_AZ", audit=False)
    group = f"{broker.log_group_prefix}general"
    one, two = (f"activemq-{broker.id}-{number}.log" for number in (1, 2))
    aws.logs.put(group, one, [line("first", ago(60))])
    aws.logs.put(group, two, [line("second", ago(50))])
    app = make_app(aws, "orders-mq")
    async with app.run_test(size=(140, 30)) as pilot:
        await until(pilot, lambda: shown(app) == ["first", "second"])
        aws.logs.put(group, one, [line("now", ago(0))])
        await until(pilot, lambda: shown(app) == ["first", "second", "now"])
        aws.logs.put(group, two, [line("late", ago(55))])
        await until(pilot, lambda: shown(app) == ["first", "late", "second", "now"])
        await until(pilot, lambda: "LIVE" in status(app) and "1 late" in status(app))
        tree = app.screen.query_one(SourceTree)
        labels = [str(node.label) for node in tree.root.children]
        assert any("orders-mq" in label for label in labels)


async def test_a_sign_in_that_has_expired_before_anything_was_found(aws: EmbeddedAws) -> None:
    """The screen says so, with what to do; `r` goes on once that is done."""
    aws.logs.put(GROUP, STREAM, [line("hello", ago(60))])
    expired = aws.faults.add(ExpiredCredentials(), service="logs")
    app = make_app(aws, GROUP)
    async with app.run_test(size=(140, 30)) as pilot:

        def said() -> str:
            return " ".join(app.screen.query_one(LogView).placeholder)

        await until(pilot, lambda: "Waiting for a sign-in…" in said())
        assert "have expired" in said()
        assert "aws sso login" in said()
        assert "WAITING FOR A SIGN-IN" in status(app)
        expired.remove()
        await pilot.press("r")
        await until(pilot, lambda: shown(app) == ["hello"])


async def test_an_unknown_target_ends_the_application_with_its_error(aws: EmbeddedAws) -> None:
    """The command line prints it and gives the exit code."""
    aws.mq.add_broker("orders-mq")
    app = make_app(aws, "order-mq")
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.failure is not None)
    assert isinstance(app.failure, TargetError)
    assert app.return_code == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Throttle(), "THROTTLED"),
        (AccessDenied(), "FAILING"),
        (ExpiredCredentials(), "FAILING"),
    ],
    ids=["throttled", "denied", "expired"],
)
async def test_trouble_is_said_with_its_cause_and_passes(
    aws: EmbeddedAws, fault: Throttle, words: str
) -> None:
    """The status line says what is wrong while it is, and live afterwards."""
    aws.logs.put(GROUP, STREAM, [line("before", ago(5))])
    app = make_app(aws, GROUP)
    async with app.run_test(size=(140, 30)) as pilot:
        await until(pilot, lambda: shown(app) == ["before"])
        handle = aws.faults.add(fault, operation="FilterLogEvents")
        await until(pilot, lambda: words in status(app))
        assert app.screen.query_one(LogView).view
        aws.logs.put(GROUP, STREAM, [line("while blind", ago(0))])
        handle.remove()
        await until(pilot, lambda: shown(app) == ["before", "while blind"])
        await until(pilot, lambda: "LIVE" in status(app))


async def test_an_instance_by_its_number_is_the_node_of_that_number(story_aws: EmbeddedAws) -> None:
    """`-i 3` and the key `3` mean the same node of a RabbitMQ broker."""
    app = make_app(story_aws, "telemetry-mq", instances=("3",), since=ago(3_700))
    async with app.run_test(size=(140, 30)) as pilot:
        log = app.screen.query_one(LogView)

        def instances() -> set[str | None]:
            # The API calls are of no node, and show with any.
            return {event.source.instance for event in log.view} - {None}

        await until(pilot, lambda: len(instances()) > 0)
        assert instances() == {"ip-10-0-21-53"}
        await pilot.press("3")
        await until(pilot, lambda: len(instances()) == 3)


async def test_a_kafka_cluster_in_every_place_that_it_delivers_to(story_aws: EmbeddedAws) -> None:
    """The fastest is read with the API calls; `d` adds the others, with the same events."""
    app = make_app(story_aws, "clicks-msk", since=ago(3_700))
    async with app.run_test(size=(140, 30)) as pilot:
        log = app.screen.query_one(LogView)

        def counts() -> Counter[str]:
            return Counter(event.source.destination for event in log.view)

        await until(pilot, lambda: counts().keys() == {"cloudwatch", "cloudtrail"})
        await until(pilot, lambda: "LIVE" in status(app))
        before = counts()
        await pilot.press("d")
        await until(
            pilot, lambda: counts()["s3"] == counts()["firehose"] == before["cloudwatch"] > 0
        )
        assert counts()["cloudtrail"] == before["cloudtrail"]
        await until(pilot, lambda: "LIVE" in status(app))
