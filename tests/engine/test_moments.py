"""Moments: what marks one in real logs and in the stories, and what only looks like one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.events import LogEvent, Source
from mqtail.formats import continues, level
from mqtail.moments import (
    BURST_MS,
    MomentKind,
    moment_in,
    moment_of,
    next_moment,
    previous_moment,
)
from mqtail.store import SortedEvents
from tests.engine.support import Bench, ago

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
FILES = [
    # File, format, moments by letter
    ("general/activemq-5.15.9.log", "activemq-general", {"S": 2}),
    ("general/activemq-5.17.2.log", "activemq-general", {"S": 5, "X": 5}),
    ("general/activemq-5.17.2-log4j2.log", "activemq-general", {"S": 3, "X": 3}),
    ("general/activemq-standby.log", "activemq-general", {"S": 3, "X": 2, "F": 1}),
    ("general/activemq-start-failures.log", "activemq-general", {"X": 1}),
    ("audit/audit-5.17.2.log", "activemq-audit", {}),
    (
        "rabbitmq/rabbit@ip-10-0-21-52.us-west-2.compute.internal.log",
        "rabbitmq",
        {"S": 2, "X": 1, "A": 3, "C": 3, "F": 5, "L": 20},
    ),
    ("rabbitmq/channel.log", "rabbitmq", {}),
    ("rabbitmq/connection.log", "rabbitmq", {}),
    ("rabbitmq/federation.log", "rabbitmq", {}),
    ("rabbitmq/mirroring.log", "rabbitmq", {"L": 6}),
    ("rabbitmq/public/lager-3.7.14-beats.log", "rabbitmq", {"S": 1, "X": 1}),
    ("rabbitmq/public/lager-3.8-issues.log", "rabbitmq", {"A": 2}),
    ("kafka/server.log", "kafka", {"S": 2, "X": 2, "F": 4, "L": 169}),
    ("kafka/broker-1/controller.log", "kafka", {"L": 12}),
    ("kafka/broker-1/log-cleaner.log", "kafka", {}),
    ("kafka/broker-1/state-change.log", "kafka", {}),
    ("kafka/public/kraft-3.9.0-controller.log.2025-02-11-17.log", "kafka", {"L": 4}),
    ("kafka/public/kraft-3.9.0-server.log.2025-02-11-15.log", "kafka", {"S": 4, "X": 4, "L": 8}),
    ("kafka/public/zk-2.8.0-controller.log.2021-04-28-16.log", "kafka", {"F": 1, "L": 3}),
    ("kafka/public/zk-2.8.0-server.log.2021-04-28-16.log", "kafka", {"S": 4, "X": 12}),
]

ORDERS_1 = Source(1, "orders", "mq", "general", "1")
ORDERS_2 = Source(2, "orders", "mq", "general", "2")
CLICKS = Source(3, "clicks", "msk", "broker", "1")
TELEMETRY = Source(4, "telemetry", "mq", "general", "n-1")
CALLS = Source(5, "clicks", "cloudtrail", "api")
ALL_CALLS = Source(6, "cloudtrail", "cloudtrail", "api")
ORDERS_CALLS = Source(7, "orders", "cloudtrail", "api")

_numbers = count(1)


def event(source: Source, message: str, at: int = 0) -> LogEvent:
    """An event at a time (ms)."""
    return LogEvent(at, 0, source, next(_numbers), message, level(message))


def general(text: str, logger: str = "org.apache.activemq.broker.BrokerService") -> str:
    """A line of ActiveMQ."""
    return f"2026-03-02 08:15:01,940 | INFO  | {text} | {logger} | main"


def kafka(text: str, word: str = "INFO") -> str:
    """A line of Kafka."""
    return f"[2026-03-02 08:15:01,940] {word} {text}"


def rabbit(text: str, word: str = "info") -> str:
    """A line of RabbitMQ."""
    return f"2026-03-02 08:15:01.940123+00:00 [{word}] <0.480.0> {text}"


def record(name: str = "RebootBroker", more: str = "", broker: str = "") -> str:
    """A CloudTrail record about a cluster's broker, or about an Amazon MQ broker."""
    arn = "arn%3Aaws%3Akafka%3Aus-east-1%3A111122223333%3Acluster%2Fclicks%2F0a-4"
    asked = f'"broker-id": "{broker}"' if broker else f'"brokerIds": ["2"], "clusterArn": "{arn}"'
    service = "amazonmq" if broker else "kafka"
    return (
        '{"eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "userName": "kim"}, '
        f'"eventTime": "2026-03-02T08:15:01Z", "eventSource": "{service}.amazonaws.com", '
        f'"eventName": "{name}", "readOnly": false{more}, "requestParameters": {{{asked}}}}}'
    )


STARTED = general("Apache ActiveMQ 5.18.4 (orders, ID:ip-10-0-4-17-1-2-0:1) started")
STOPS = general("Apache ActiveMQ 5.18.4 (orders, ID:ip-10-0-4-17-1-2-0:1) is shutting down")
WAITS = general(
    "Database /data/kahadb/lock is locked by another server. This broker is now in slave mode"
    " waiting a lock to be acquired",
    "org.apache.activemq.store.SharedFileLocker",
)
LEADS = (
    "[Broker id=2] Leader clicks-{} with topic id Some(q3VfXw0nTLmS8uC2dYkR1A) starts at leader"
    " epoch {} from offset 7 with partition epoch 61, high watermark 7, ISR [1,3], adding replicas"
    " [] and removing replicas [] . Previous leader Some(3) and previous leader epoch was {}."
    " (state.change.logger)"
)
PARTITIONED = (
    "Mnesia('rabbit@n-1'): ** ERROR ** mnesia_event got {inconsistent_database,"
    " running_partitioned_network, 'rabbit@n-2'}"
)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs the corpora of real logs")
@pytest.mark.parametrize(("path", "format", "expected"), FILES, ids=[path for path, *_ in FILES])
def test_real_logs(path: str, format: str, expected: dict[str, int]) -> None:
    """As many moments of each kind as the brokers had, counted by hand in the files."""
    source = Source(0, "shop", "mq", "general", format=format)
    texts: list[str] = []
    for line in (CORPORA / path).read_text(encoding="utf-8").removesuffix("\n").split("\n"):
        if texts and continues(texts[-1], line, format):
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    moments = (moment_of(event(source, text)) for text in texts)
    assert Counter(moment.kind.letter for moment in moments if moment) == expected


@pytest.mark.parametrize(
    ("source", "message", "kind", "title"),
    [
        (ORDERS_1, STARTED, MomentKind.START, "started"),
        (ORDERS_1, WAITS, MomentKind.START, "waits as standby"),
        (ORDERS_1, STOPS, MomentKind.STOP, "is shutting down"),
        (
            ORDERS_1,
            "2026-03-02 08:15:01,940 | ERROR | orders, no longer able to keep the exclusive lock so"
            " giving up being a master | org.apache.activemq.broker.LockableServiceSupport | t",
            MomentKind.FAILOVER,
            "lost the lock, and is active no more",
        ),
        (
            TELEMETRY,
            rabbit("rabbit on node 'rabbit@n-2.example.internal' down"),
            MomentKind.FAILOVER,
            "lost node n-2",
        ),
        (
            TELEMETRY,
            rabbit("Cluster minority/secondary status detected - awaiting recovery", "warning"),
            MomentKind.FAILOVER,
            "is cut off, and pauses",
        ),
        (TELEMETRY, rabbit(PARTITIONED, "error"), MomentKind.FAILOVER, "sees a network partition"),
        (
            TELEMETRY,
            rabbit("memory resource limit alarm set on node rabbit@n-2.", "warning")
            + "\n"
            + rabbit("*** Publishers will be blocked until this alarm clears ***", "warning"),
            MomentKind.ALARM,
            "memory alarm on n-2",
        ),
        (
            TELEMETRY,
            rabbit("disk resource limit alarm cleared on node 'rabbit@n-2'", "warning"),
            MomentKind.CLEARED,
            "disk alarm on n-2 cleared",
        ),
        (
            TELEMETRY,
            rabbit("queue 'a b' in vhost '/': candidate -> leader in term: 12 machine version: 3"),
            MomentKind.LEADER,
            "leads queue a b",
        ),
        (TELEMETRY, rabbit("SIGTERM received - shutting down", "notice"), MomentKind.STOP, None),
        (
            TELEMETRY,
            "2026-03-02 08:15:01.940 [info] <0.8.0> Server startup complete; 6 plugins started.",
            MomentKind.START,
            "started",
        ),
        (CLICKS, kafka(LEADS.format(4, 9, 8)), MomentKind.LEADER, "leads clicks-4"),
        (
            CLICKS,
            kafka(
                "[QuorumController id=3] Fencing broker 2 because its session has timed out. (a)"
            ),
            MomentKind.FAILOVER,
            "lost broker 2",
        ),
        (
            CLICKS,
            kafka("[QuorumController id=3] Becoming the active controller at epoch 7 (a)", "WARN"),
            MomentKind.LEADER,
            "became the controller",
        ),
        (
            CLICKS,
            kafka(
                "[QuorumController id=3] enterControlledShutdown[2]: changing 20 partition(s) (a)"
            ),
            MomentKind.LEADER,
            "changed 20 partitions",
        ),
        (CALLS, record(), MomentKind.REBOOT, "broker 2 by kim"),
        (ALL_CALLS, record(), MomentKind.REBOOT, "clicks broker 2 by kim"),
        (ALL_CALLS, record(broker="b-0a-4"), MomentKind.REBOOT, "b-0a-4 by kim"),
        (ORDERS_CALLS, record(broker="b-0a-4"), MomentKind.REBOOT, "by kim"),
    ],
    ids=count(),
)
def test_what_marks_a_moment(
    source: Source, message: str, kind: MomentKind, title: str | None
) -> None:
    """The broker's own words, in each of their forms."""
    moment = moment_of(event(source, message))
    assert moment is not None
    assert (moment.kind, moment.title) == (kind, title or moment.title)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (ORDERS_1, general("queue failover.started Inactive for longer than 600 ms - removing")),
        (ORDERS_1, general("Connector openwire started")),
        (ORDERS_1, general("Apache ActiveMQ 5.18.4 (orders, ID:a-1) is starting")),
        (ORDERS_1, general("Apache ActiveMQ 5.18.4 (orders, ID:a-1) uptime 3 minutes")),
        (ORDERS_1, f"INFO  | admin called sendTextMessage[{STARTED}] at 20-11-2026 | qtp1-2"),
        (TELEMETRY, rabbit("closing connection: memory resource limit alarm set on node n-2")),
        (TELEMETRY, rabbit("queue 'q' in vhost '/': candidate -> leader in term: 1 machine")),
        (TELEMETRY, rabbit("queue 'q' in vhost '/': follower -> candidate in term: 4 machine")),
        (TELEMETRY, rabbit("rabbit on node 'rabbit@n-2' up")),
        (TELEMETRY, rabbit("memory resource limit alarm cleared across the cluster", "warning")),
        (Source(1, "t", "mq", "connection"), rabbit("RabbitMQ is asked to stop...")),
        (CLICKS, kafka("[GroupCoordinator 1]: [KafkaServer id=1] started (kafka.server.X)")),
        (CLICKS, kafka(LEADS.format(4, 9, 9))),
        (CLICKS, kafka(LEADS.format(4, 0, -1))),
        (CLICKS, kafka("[QuorumController id=3] balance: changing 0 partition(s) (a.B)")),
        (CALLS, record("DescribeBroker", ', "userAgent": "RebootBroker"')),
        (CALLS, record(more=', "errorCode": "AccessDenied"')),
        (CALLS, '{"RebootBroker"'),
        (ORDERS_1, ""),
        (ORDERS_1, "failover: reboot, leader, alarm, started, stopped"),
    ],
    ids=count(),
)
def test_what_only_mentions_it(source: Source, message: str) -> None:
    """No moment."""
    assert moment_of(event(source, message)) is None


@given(
    st.sampled_from((ORDERS_1, CLICKS, TELEMETRY, CALLS)),
    st.sampled_from(("", general(""), kafka(""), rabbit(""), record())),
    st.text(max_size=400),
)
def test_any_text_can_be_asked(source: Source, before: str, text: str) -> None:
    """Nothing that a log can hold is an error."""
    assert moment_of(event(source, before + text)) is None or before == record()


def test_kinds_can_be_told_apart() -> None:
    """Each has a letter and a glyph of its own; a failover is the most important."""
    assert len({kind.letter for kind in MomentKind}) == len(MomentKind)
    assert len({kind.glyph for kind in MomentKind}) == len(MomentKind)
    assert min(MomentKind, key=lambda kind: kind.rank) is MomentKind.FAILOVER


def told(*lines: tuple[Source, str]) -> list[MomentKind]:
    """The kinds of events, one a second, each seen among all."""
    events = [event(source, text, at * 1000) for at, (source, text) in enumerate(lines)]
    moments = SortedEvents(events)
    return [moment.kind for one in events if (moment := moment_in(moments, one))]


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        ([(ORDERS_1, STARTED)], MomentKind.START),
        ([(ORDERS_2, STARTED)], MomentKind.FAILOVER),
        ([(ORDERS_1, STOPS), (ORDERS_2, STARTED)], MomentKind.FAILOVER),
        ([(ORDERS_2, STOPS), (ORDERS_1, STARTED)], MomentKind.FAILOVER),
        ([(ORDERS_1, WAITS), (ORDERS_1, STARTED)], MomentKind.FAILOVER),
        ([(ORDERS_1, STOPS), (ORDERS_1, STARTED)], MomentKind.START),
        ([(ORDERS_2, STOPS), (ORDERS_2, STARTED)], MomentKind.START),
        ([(ORDERS_1, STOPS), (ORDERS_2, WAITS), (ORDERS_1, STARTED)], MomentKind.START),
        ([(CLICKS, kafka("[KafkaServer id=1] started (k)"))], MomentKind.START),
    ],
    ids=(
        "alone",
        "second-alone",
        "after-the-first",
        "back-to-the-first",
        "had-waited",
        "again",
        "second-again",
        "other-waits",
        "kafka",
    ),
)
def test_start_or_failover(lines: list[tuple[Source, str]], last: MomentKind) -> None:
    """An instance of ActiveMQ that starts takes over where the other one was active before."""
    assert told(*lines)[-1] is last


async def test_the_stories(story_bench: Bench) -> None:
    """The failover with its reboot, the restart of the Kafka broker, the alarm and the election."""
    tail = await story_bench.stored(
        "orders-mq", "telemetry-mq", "clicks-msk", since=ago(3_900), destinations=("cloudwatch",)
    )
    moments = SortedEvents([one for one in tail.store if moment_of(one)])
    by_target: dict[str, list[str]] = {}
    for one in moments:
        moment = moment_in(moments, one)
        assert moment is not None
        by_target.setdefault(one.source.target, []).append(moment.kind.letter)
    assert "".join(by_target["orders-mq"]) == "SRXFS"
    assert Counter(by_target["telemetry-mq"]) >= Counter({"A": 3, "C": 3, "L": 1})
    clicks = by_target["clicks-msk"]
    assert (clicks[0], Counter(clicks)["X"], Counter(clicks)["S"]) == ("R", 1, 1)
    assert Counter(clicks)["L"] > 5


def elections(times: Iterable[int]) -> SortedEvents:
    """Leader changes at some times (s)."""
    return SortedEvents(
        [event(CLICKS, kafka(LEADS.format(at, 2, 1)), at * 1000) for at in sorted(times)]
    )


def test_one_step_leads_past_a_burst() -> None:
    """A thousand elections are one; another kind of moment among them is not passed."""
    burst = [event(CLICKS, kafka(LEADS.format(n, 2, 1)), n) for n in range(1_000)]
    stop = event(CLICKS, kafka("[KafkaServer id=1] shutting down (k)"), 1_000)
    later = event(CLICKS, kafka(LEADS.format(1, 3, 2)), 1_000 + 2 * BURST_MS)
    moments = SortedEvents([*burst, stop, later])
    assert next_moment(moments, burst[3]) is stop
    assert next_moment(moments, stop) is later
    assert next_moment(moments, later) is None
    assert previous_moment(moments, later) is stop
    assert previous_moment(moments, stop) is burst[0]
    assert previous_moment(moments, burst[0]) is None
    assert next_moment(moments, 0) is burst[1]
    assert previous_moment(moments, 1_000) is burst[0]


@given(st.sets(st.integers(0, 600), max_size=30))
def test_there_and_back(times: set[int]) -> None:
    """Going on from the beginning and back from the end stops at the same events."""
    moments = elections(times)
    forth, back = [], []
    found = next_moment(moments, -1)
    while found:
        forth.append(found.timestamp)
        found = next_moment(moments, found)
    found = previous_moment(moments, 1_000_000)
    while found:
        back.append(found.timestamp)
        found = previous_moment(moments, found)
    assert forth == back[::-1]
    assert len(forth) == sum(not times & {*range(at - 10, at)} for at in times)
