"""Pictures of the screens; MQTAIL_UPDATE_SNAPSHOTS=1 takes them anew."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mqtail.checks.findings import Finding, Outcome, failed, passed, unknown, warned
from mqtail.events import Level
from mqtail.status import State
from tests.tui.checkups import Checkups
from tests.tui.conftest import NOW
from tests.tui.support import until
from tui.app import MqtailApp
from widgets.check_detail import CheckDetail

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession

SNAPSHOTS = Path(__file__).parent / "__snapshots__"

Snapshot = Callable[[MqtailApp], None]


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Compares the screen with the picture that is kept under the test's name."""

    def compare(app: MqtailApp) -> None:
        path = SNAPSHOTS / f"{request.node.name}.svg"
        taken = re.sub(r"terminal-\d+", "terminal", app.export_screenshot())
        if os.environ.get("MQTAIL_UPDATE_SNAPSHOTS"):
            SNAPSHOTS.mkdir(exist_ok=True)
            path.write_text(taken, encoding="utf-8")
        assert taken == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def story(session: FakeSession) -> FakeSession:
    """A broker with an error, a late event, hostile text, and a log that cannot be read."""
    info = "2026-11-18 11:05:00,100 | INFO  | Connector amqp started | org.x.Connector | main"
    trace = (
        "2026-11-18 11:05:00,200 | ERROR | Could not accept connection | org.x.Acceptor | main\n"
        "java.io.IOException: too many\n\tat org.x.Acceptor.accept(Acceptor.java:10)\n"
        "Caused by: java.lang.IllegalStateException: full\n\t... 3 more"
    )
    audit = "INFO  | admin called org.apache.activemq.broker.jmx.QueueView.purge[] on orders at "
    session.store.add(
        [
            session.event(info),
            session.event(trace, level=Level.ERROR, instance="2"),
            session.event(
                f"{audit}18-11-2026 11:05:00,300 | RMI TCP Connection(4)-10.0.0.1", reader=1
            ),
            session.event("\x1b[31mred\x1b[0m [bold]no markup[/] \u202ereversed", level=Level.WARN),
            session.event("came late", late=True),
        ]
    )
    session.readers[1].state = State.FAILING
    session.readers[1].reason = "not allowed to read it"
    return session


CALL = (
    '{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":'
    '"AROAEXAMPLEEXAMPLE:ines","arn":"arn:aws:sts::111122223333:assumed-role/streaming-operator/'
    'ines","accountId":"111122223333","sessionContext":{"sessionIssuer":{"type":"Role","userName":'
    '"streaming-operator"}}},"eventTime":"2026-11-18T11:05:01Z","eventSource":'
    '"kafka.amazonaws.com","eventName":"RebootBroker","awsRegion":"us-west-2","sourceIPAddress":'
    '"198.51.100.7","userAgent":"aws-cli/2.31.2","requestParameters":{"clusterArn":'
    '"arn%3Aaws%3Akafka%3Aus-west-2%3A111122223333%3Acluster%2Fclicks%2F'
    '5b1f9a80-1c2d-4e3f-8a9b-0c1d2e3f4a5b-7","brokerIds":["2"]},"responseElements":'
    '{"clusterArn":"arn:aws:kafka:us-west-2:111122223333:cluster/clicks/'
    '5b1f9a80-1c2d-4e3f-8a9b-0c1d2e3f4a5b-7"},"requestID":"0d1e2f3a-4b5c-4d6e-8f70-8192a3b4c5d6",'
    '"eventID":"6f5e4d3c-2b1a-4098-8776-655443322110","readOnly":false,"eventType":"AwsApiCall",'
    '"managementEvent":true,"recipientAccountId":"111122223333"}'
)


@pytest.fixture
def cluster_story(session: FakeSession) -> FakeSession:
    """A cluster whose broker 2 is rebooted, who called for it, and a log in two further places."""
    session.readers.clear()
    session.add_cluster("clicks")
    session.add_api_calls("clicks")
    config = "".join(f"\n\tsome.option.{number} = {number}" for number in range(207))
    lines = [
        ("2", "INFO [KafkaServer id=2] shutting down (kafka.server.KafkaServer)"),
        (
            "1",
            "INFO [Partition clicks-0 broker=1] ISR updated to 1,3 and version updated to 12 "
            "(kafka.cluster.Partition)",
        ),
        (
            "3",
            "WARN [ReplicaFetcher replicaId=3, leaderId=2, fetcherId=0] Error in response for fetch"
            " request (kafka.server.ReplicaFetcherThread)\njava.io.IOException: Connection to 2 was"
            " disconnected\n\tat org.apache.kafka.Fetch.send(Fetch.java:10)",
        ),
        ("2", f"INFO KafkaConfig values: {config}\n (kafka.server.KafkaConfig)"),
        (
            "3",
            "ERROR [Controller id=3 epoch=9] Elected no leader for clicks-1 (state.change.logger)",
        ),
    ]
    call = session.event(CALL, reader=3, instance=None, at=NOW - 99_000)
    events = [
        session.event(
            f"[2026-11-18 11:05:0{number},100] {text}",
            instance=broker,
            level=Level.named(text.split()[0]),
            at=NOW - 98_000 + number * 1_000,
        )
        for number, (broker, text) in enumerate(lines)
    ]
    session.store.add([call, *events])
    return session


async def test_main_screen(
    story: FakeSession, make_app: Callable[..., MqtailApp], snapshot: Snapshot
) -> None:
    """Sources, log and state."""
    async with make_app().run_test(size=(120, 24)) as pilot:
        await pilot.pause()
        snapshot(pilot.app)  # type: ignore[arg-type]


async def test_detail(
    story: FakeSession, make_app: Callable[..., MqtailApp], snapshot: Snapshot
) -> None:
    """An event with a stack trace."""
    async with make_app().run_test(size=(120, 36)) as pilot:
        await pilot.press("E")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        snapshot(pilot.app)  # type: ignore[arg-type]


async def test_main_screen_of_a_cluster(
    cluster_story: FakeSession, make_app: Callable[..., MqtailApp], snapshot: Snapshot
) -> None:
    """Brokers, API calls, and two destinations that are available."""
    app = make_app()
    async with app.run_test(size=(140, 24)) as pilot:
        await pilot.pause()
        # The columns are fitted to the width at the next look at the readers.
        app.screen.poll()  # type: ignore[attr-defined]
        await pilot.pause()
        snapshot(app)


async def test_detail_of_an_api_call(
    cluster_story: FakeSession, make_app: Callable[..., MqtailApp], snapshot: Snapshot
) -> None:
    """The line, the record, and what was found in it."""
    async with make_app().run_test(size=(120, 70)) as pilot:
        await pilot.press("home", "enter")
        await pilot.pause()
        snapshot(pilot.app)  # type: ignore[arg-type]


async def test_filter_error(
    story: FakeSession, make_app: Callable[..., MqtailApp], snapshot: Snapshot
) -> None:
    """The error under the filter."""
    app = make_app()
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("f", *"level:nope")
        app.screen.query_one("#filter Input").cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause()
        snapshot(app)


GROUP = "/aws/amazonmq/broker/b-1/general"
PUT_POLICY = (
    "aws logs put-resource-policy --region us-east-1 --policy-name AmazonMQ-logs"
    """ --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","""
    """"Principal":{"Service":"mq.amazonaws.com"},"Action":["logs:CreateLogStream","""
    """"logs:PutLogEvents"],"Resource":"arn:aws:logs:*:*:log-group:/aws/amazonmq/*"}]}'"""
)
FINDINGS = {
    "broker-runs": passed("ACTIVEMQ 5.18, RUNNING."),
    "general-logging-is-on": passed("DescribeBroker: general logging is on."),
    "audit-logging-is-on": Finding(Outcome.SKIP, "Amazon MQ offers no audit log for RabbitMQ."),
    "events-expire": warned(f"{GROUP}: kept for ever.", "Events are never deleted."),
    "log-groups-can-be-created": unknown(
        "Not permitted: iam:SimulatePrincipalPolicy.", "This could not be looked at."
    ),
    "a-resource-policy-lets-amazon-mq-write": failed(
        "DescribeResourcePolicies: 2 policies, of which none names mq.amazonaws.com.",
        "No resource policy lets Amazon MQ write, so it cannot make log streams.",
        PUT_POLICY,
        "aws mq reboot-broker --region us-east-1 --broker-id b-1",
    ),
}


@pytest.mark.parametrize("size", [(120, 35), (80, 24)], ids=["wide", "narrow"])
async def test_setup_check(
    checkups: Checkups,
    make_app: Callable[..., MqtailApp],
    snapshot: Snapshot,
    size: tuple[int, int],
) -> None:
    """A broker with one outcome of each kind, one that is well, and one that is being checked."""
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await pilot.press("c")
        await pilot.pause()
        for name in ("telemetry-mq", "orders-mq", "billing-mq"):
            checkups.run.target(name, *FINDINGS)
        for id, finding in FINDINGS.items():
            checkups.run.found("orders-mq", id, finding)
            checkups.run.found("telemetry-mq", id, passed("Well."))
        checkups.run.found("billing-mq", "broker-runs", passed("Well."))
        checkups.run.notes.append("Not permitted: kafka:ListClustersV2.")
        app.screen.poll()  # type: ignore[attr-defined]
        detail = app.screen.query_one(CheckDetail)
        # The details come last; in the narrow terminal they have to be scrolled.
        await until(pilot, lambda: "failed" in str(detail.query("Static").first().render()))
        await until(pilot, lambda: detail.show_vertical_scrollbar is (size[0] == 80))
        await pilot.pause()
        snapshot(app)
