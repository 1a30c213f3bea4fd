"""Pictures of the screens; MQTAIL_UPDATE_SNAPSHOTS=1 takes them anew."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from mqtail.checks.findings import Finding, Outcome, failed, passed, unknown, warned
from mqtail.config import UiConfig
from mqtail.events import Level
from mqtail.inventory import ListedLog, ListedTarget, LogState
from mqtail.settings import Settings
from mqtail.state import StateFile
from mqtail.status import State
from tests.tui.checkups import Checkups
from tests.tui.conftest import NOW, FakeSession
from tests.tui.support import until
from tests.tui.test_chooser import CALLS, FakeChoosing
from tui.app import Launch, MqtailApp, Tailing
from tui.preferences import Preferences
from tui.sections import SECTIONS
from widgets.checks.detail import CheckDetail

SNAPSHOTS = Path(__file__).parent / "__snapshots__"

Snapshot = Callable[[App[None]], None]


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Compares the screen with the picture that is kept under the test's name."""

    def compare(app: App[None]) -> None:
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
        "2026-11-18 11:05:00,200 | ERROR | Could not accept connection from tcp://10.0.0.9:4107: "
        "java.io.IOException: too many | org.x.Acceptor | main\n"
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


LOOKS = pytest.mark.parametrize(
    ("size", "theme"),
    [
        (size, theme)
        for theme in ("mqtail", "mqtail-light")
        for size in ((120, 35), (80, 24), (60, 15))
    ],
    ids=["wide-dark", "usual-dark", "small-dark", "wide-light", "usual-light", "small-light"],
)
"""Three sizes in two themes."""

Screens = Callable[..., AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture
def screens(make_app: Callable[..., MqtailApp]) -> Screens:
    """Runs the application in a size and a theme; its cursor does not blink."""

    @asynccontextmanager
    async def run(size: tuple[int, int], theme: str = "mqtail") -> AsyncIterator[Pilot[None]]:
        preferences = Preferences(UiConfig(theme=theme), StateFile(None), SECTIONS)
        async with make_app(preferences=preferences).run_test(size=size) as pilot:
            for bar in pilot.app.screen.query(Input):
                bar.cursor_blink = False
            await pilot.pause()
            # The columns are fitted to the width at the next look at the readers.
            pilot.app.screen.poll()  # type: ignore[attr-defined]
            await pilot.pause()
            yield pilot

    return run


@LOOKS
async def test_main_screen(
    story: FakeSession, screens: Screens, snapshot: Snapshot, size: tuple[int, int], theme: str
) -> None:
    """Tabs, sources, timeline, log and state."""
    async with screens(size, theme) as pilot:
        snapshot(pilot.app)


@LOOKS
async def test_split(
    story: FakeSession, screens: Screens, snapshot: Snapshot, size: tuple[int, int], theme: str
) -> None:
    """Two instances side by side, and a filter."""
    async with screens(size, theme) as pilot:
        await pilot.press("v", "f", *"level>=info", "enter", "up")
        await pilot.pause()
        snapshot(pilot.app)


@LOOKS
async def test_detail(
    story: FakeSession, screens: Screens, snapshot: Snapshot, size: tuple[int, int], theme: str
) -> None:
    """An event with a stack trace and an explanation."""
    async with screens(size, theme) as pilot:
        await pilot.press("E")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        snapshot(pilot.app)


async def test_main_screen_of_a_cluster(
    cluster_story: FakeSession, screens: Screens, snapshot: Snapshot
) -> None:
    """Brokers, API calls, and two destinations that are available."""
    async with screens((140, 24)) as pilot:
        snapshot(pilot.app)


async def test_unfolded_and_wrapped(
    cluster_story: FakeSession, screens: Screens, snapshot: Snapshot
) -> None:
    """A trace in its place, long lines wrapped, a bookmark, and times from the cursor."""
    async with screens((100, 30)) as pilot:
        await pilot.press("w", "u", "u", "up", "up", "up", "m", "z")
        await pilot.pause()
        snapshot(pilot.app)


async def test_detail_of_an_api_call(
    cluster_story: FakeSession, screens: Screens, snapshot: Snapshot
) -> None:
    """The line, the record, and what was found in it."""
    async with screens((120, 70)) as pilot:
        await pilot.press("home", "enter")
        await pilot.pause()
        snapshot(pilot.app)


async def test_filter_error(story: FakeSession, screens: Screens, snapshot: Snapshot) -> None:
    """The error under the filter."""
    async with screens((120, 24)) as pilot:
        await pilot.press("f", *"level:nope")
        await pilot.pause()
        snapshot(pilot.app)


async def test_filter_completion(story: FakeSession, screens: Screens, snapshot: Snapshot) -> None:
    """The candidates under the filter."""
    async with screens((80, 24)) as pilot:
        await pilot.press("f", *"level:")
        await pilot.pause()
        snapshot(pilot.app)


@LOOKS
async def test_help(
    screens: Screens, snapshot: Snapshot, size: tuple[int, int], theme: str
) -> None:
    """The first page."""
    async with screens(size, theme) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        snapshot(pilot.app)


def _log(kind: str, destination: str, state: LogState, ago_s: int = 0) -> ListedLog:
    moment = datetime.fromtimestamp(NOW / 1000 - ago_s, UTC)
    found = moment if state is LogState.FOUND else None
    return ListedLog(kind, destination, f"/logs/{kind}", found, "", state)


def _target(
    name: str, service: str, engine: str, deployment: str, *logs: ListedLog
) -> ListedTarget:
    state = "RUNNING" if service == "mq" else "ACTIVE"
    return ListedTarget(
        name, f"id-{name}", service, engine, "5.18", state, deployment, logs, "", (), ()
    )


TARGETS = (
    _target(
        "orders-mq", "mq", "ACTIVEMQ", "ACTIVE_STANDBY_MULTI_AZ",
        _log("general", "cloudwatch", LogState.FOUND, 3),
        _log("audit", "cloudwatch", LogState.FOUND, 240),
    ),
    _target(
        "payments-mq", "mq", "ACTIVEMQ", "SINGLE_INSTANCE",
        _log("general", "cloudwatch", LogState.MISSING),
    ),
    _target(
        "telemetry-mq", "mq", "RABBITMQ", "CLUSTER_MULTI_AZ",
        _log("general", "cloudwatch", LogState.DENIED),
    ),
    _target(
        "clicks-msk", "msk", "PROVISIONED", "3",
        _log("broker", "cloudwatch", LogState.FOUND, 60),
        _log("broker", "s3", LogState.SILENT),
        _log("broker", "firehose", LogState.UNKNOWN),
    ),
    CALLS,
)  # fmt: skip
"""What the chooser shows: each state of a log."""


@LOOKS
async def test_chooser(snapshot: Snapshot, size: tuple[int, int], theme: str) -> None:
    """Brokers and clusters, two of them marked, one unlike the others in each way."""
    choosing = FakeChoosing()
    choosing.targets = TARGETS
    preferences = Preferences(UiConfig(theme=theme), StateFile(None), SECTIONS)
    launch = Launch(choosing, lambda targets: Tailing(FakeSession(), Settings(targets)))
    app = MqtailApp(None, launch=launch, preferences=preferences, now=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        app.screen.query_one(Input).cursor_blink = False
        await pilot.pause()
        await pilot.press("space", "down", "down", "space")
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


@LOOKS
async def test_setup_check(
    checkups: Checkups, screens: Screens, snapshot: Snapshot, size: tuple[int, int], theme: str
) -> None:
    """A broker with one outcome of each kind, one that is well, and one that is being checked."""
    async with screens(size, theme) as pilot:
        await pilot.press("c")
        await pilot.pause()
        for name in ("telemetry-mq", "orders-mq", "billing-mq"):
            checkups.run.target(name, *FINDINGS)
        for id, finding in FINDINGS.items():
            checkups.run.found("orders-mq", id, finding)
            checkups.run.found("telemetry-mq", id, passed("Well."))
        checkups.run.found("billing-mq", "broker-runs", passed("Well."))
        checkups.run.notes.append("Not permitted: kafka:ListClustersV2.")
        screen = pilot.app.screen
        screen.poll()  # type: ignore[attr-defined]
        detail = screen.query_one(CheckDetail)
        # The details come last; where there is little room they have to be scrolled.
        if detail.is_on_screen and detail.region:
            await until(pilot, lambda: "failed" in str(detail.query("Static").first().render()))
            scrolls = size[1] < 35
            await until(pilot, lambda: detail.show_vertical_scrollbar is scrolls)
        await pilot.pause()
        snapshot(pilot.app)
