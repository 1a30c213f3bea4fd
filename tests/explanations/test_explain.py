"""Explanations of events: of the stories, of real logs, of hostile and of ordinary texts."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.demo.story.play import kafka_events, story_events, story_records
from mqtail.events import LogEvent, Source
from mqtail.explanations import KNOWN_LINES, explain
from mqtail.formats import FORMATS
from mqtail.printable import printable
from tests.formats.test_corpora import CORPORA, FILES, joined, read

START = 1_795_219_200_000
SAMPLES = [line.sample for lines in KNOWN_LINES.values() for line in lines]

needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason="needs the corpora of real logs")


def event(message: str, format: str = "") -> LogEvent:
    """An event of a log with an expected format."""
    return LogEvent(0, 0, Source(0, "shop", "mq", "general", format=format), 0, message)


def explained(messages: list[str], format: str = "") -> Counter[str]:
    """How often which explanation is given."""
    found = (explain(event(message, format)) for message in messages)
    return Counter(explanation.id for explanation in found if explanation)


def test_found_values_are_filled_in() -> None:
    """The meaning names the node, the rest is the line's own."""
    explanation = explain(
        event(
            "2026-11-18 11:05:00.100231+00:00 [warning] <0.288.0> memory resource limit alarm set "
            "on node 'rabbit@ip-10-1-4-9.eu-west-1.compute.internal'."
        )
    )
    assert explanation is not None
    assert explanation.id == "rabbitmq-memory-alarm-set"
    assert explanation.meaning.startswith("Node rabbit@ip-10-1-4-9.eu-west-1.compute.internal uses")


def test_found_values_are_harmless_and_short() -> None:
    """Escape sequences are shown, braces stay what they are, long values are cut."""
    name = "\x1b[31m{who}[bold]" + "x" * 90
    explanation = explain(
        event(f"2026-11-18 13:19:00,000 | INFO  | queue://{name} purge of 3 messages | a.B | main")
    )
    assert explanation is not None
    assert "queue://␛[31m{who}[bold]xxx" in explanation.meaning
    assert printable(explanation.meaning) == explanation.meaning
    name = "y" * 240
    long = explain(
        event(f"2026-11-18 13:19:00,000 | INFO  | queue://{name} purge of 3 messages | a.B | main")
    )
    assert long is not None
    assert "y…" in long.meaning
    assert len(long.meaning) < 480


def test_only_the_beginning_is_looked_at() -> None:
    """What stands far down in a trace explains nothing."""
    head = "2026-11-18 12:10:00,000 | ERROR | stopped | com.example.Guard | main\n"
    error = "java.lang.OutOfMemoryError: Java heap space"
    assert explained([head + error]) == {"activemq-out-of-memory": 1}
    assert not explained([head + "\tat com.example.Guard.run(Guard.java:1)\n" * 100 + error])


@pytest.mark.parametrize(
    "message",
    [
        "",
        "No space left on device",
        "2026-11-18 12:00:00,000 | INFO  | Connector openwire started | a.Connector | main",
        "2026-11-18 12:00:00.000000+00:00 [info] <0.9.0> accepting AMQP connection <0.9.0>",
        "[2026-11-18 12:00:00,000] INFO Log loading took 3 ms (kafka.log.LogManager)",
        "[2026-11-18 12:00:00,000] INFO Apache ActiveMQ 5 (b, ID:1) is shutdown (com.example.App)",
        "INFO  | ops called org.apache.activemq.broker.jmx.BrokerView.gc[] at 18-11-2026 "
        "12:00:00,000 | qtp77-31",
        '{"eventSource":"kafka.amazonaws.com","eventName":"ListNodes","readOnly":true}',
    ],
    ids=["empty", "no-format", "connector", "amqp", "loading", "other-engine", "audit", "read"],
)
def test_ordinary_lines_are_not_explained(message: str) -> None:
    """An ordinary line, and one of another engine, has no explanation."""
    assert explain(event(message)) is None


def test_a_message_sent_by_hand_explains_nothing_else() -> None:
    """A body that looks like another call, or like a log line, is still a body."""
    body = "x\nops called org.apache.activemq.broker.jmx.BrokerView.terminateJVM[0]"
    message = (
        f"INFO  | ops called org.apache.activemq.broker.jmx.QueueView.sendTextMessage[{body}] on "
        "billing.in at 18-11-2026 11:07:00,000 | qtp77-31"
    )
    assert explained([message]) == {"activemq-audit-message-sent": 1}


@given(
    st.one_of(
        st.text(max_size=300),
        st.builds(
            lambda sample, at, extra: sample[:at] + extra + sample[at:],
            st.sampled_from(SAMPLES),
            st.integers(0, 300),
            st.text(max_size=40),
        ),
    ),
    st.sampled_from(["", *(format.name for format in FORMATS)]),
)
def test_no_text_breaks_it(message: str, format: str) -> None:
    """Whatever the text is, the answer is nothing or texts that can be shown."""
    explanation = explain(event(message, format))
    if explanation:
        shown = (explanation.title, explanation.meaning, *explanation.look_at)
        assert all(printable(text) == text for text in shown)
        assert len(explanation.meaning) < 1000


def test_the_stories_are_explained() -> None:
    """What happens in the demo is explained, each of its incidents."""
    events = [*story_events(START), *kafka_events(START)]
    records = [json.dumps(told.record) for told in story_records(START)]
    found = explained([*(told.message for told in events), *records])
    assert {
        "activemq-audit-broker-stopped",
        "activemq-broker-stopping",
        "activemq-journal-recovery",
        "activemq-broker-started",
        "activemq-standby-waiting",
        "activemq-memory-limit-producer-stopped",
        "activemq-login-refused",
        "activemq-tls-failed",
        "rabbitmq-memory-alarm-set",
        "rabbitmq-alarm-cleared",
        "rabbitmq-leader-elected",
        "rabbitmq-login-refused",
        "kafka-isr-shrunk",
        "kafka-isr-expanded",
        "kafka-not-enough-replicas",
        "kafka-broker-stopping",
        "kafka-broker-started",
        "kafka-group-rebalance",
        "api-mq-reboot",
        "api-msk-reboot",
        "api-access-denied",
        "api-topic-deleted",
    } <= found.keys()


REAL_LOGS = {
    "general/activemq-standby.log": {
        "activemq-bridge-established": 2,
        "activemq-bridge-stopped": 2,
        "activemq-broker-started": 2,
        "activemq-broker-stopping": 4,
        "activemq-destination-removed": 4,
        "activemq-journal-recovery": 2,
        "activemq-lock-lost": 1,
        "activemq-memory-limit-over-heap": 2,
        "activemq-standby-waiting": 1,
        "activemq-store-limit-lowered": 2,
    },
    "audit/audit-5.17.2.log": {
        "activemq-audit-broker-stopped": 1,
        "activemq-audit-connector-changed": 6,
        "activemq-audit-destination-deleted": 36,
        "activemq-audit-message-sent": 144,
        "activemq-audit-messages-moved": 48,
        "activemq-audit-messages-removed": 32,
        "activemq-audit-purge": 16,
        "activemq-audit-subscriber-removed": 10,
    },
    "rabbitmq/connection.log": {
        "rabbitmq-connection-lost": 5,
        "rabbitmq-handshake-timeout": 3,
        "rabbitmq-login-refused": 4,
        "rabbitmq-missed-heartbeats": 3,
        "rabbitmq-vhost-not-found": 1,
        "rabbitmq-vhost-refused": 1,
        "rabbitmq-wrong-protocol": 8,
    },
    "rabbitmq/channel.log": {
        "rabbitmq-access-refused": 4,
        "rabbitmq-consumer-timeout": 1,
        "rabbitmq-declared-differently": 2,
        "rabbitmq-delivery-tag-unknown": 1,
        "rabbitmq-not-found": 3,
        "rabbitmq-precondition-failed": 8,
        "rabbitmq-resource-locked": 1,
    },
    "kafka/broker-1/log-cleaner.log": {},
    "kafka/public/kraft-3.9.0-server.log.2025-02-12-17.log": {
        "kafka-broker-started": 3,
        "kafka-broker-stopping": 6,
        "kafka-config-values": 1,
        "kafka-coordinator-moved": 64,
        "kafka-fetch-failed": 50,
        "kafka-fetch-partition-failed": 4,
        "kafka-node-unreachable": 6,
        "kafka-offsets-loaded": 32,
        "kafka-quorum-election": 18,
        "kafka-recovering-segment": 29,
        "kafka-retention": 1,
        "kafka-segment-rolled": 2,
        "kafka-unclean-start": 1,
    },
}
"""What is explained of these logs, and how often: all other events of them are not."""


@needs_corpora
def test_real_logs() -> None:
    """Known lines are found in real logs, and ordinary lines are left alone."""
    found: Counter[str] = Counter()
    for path, format, _, _ in FILES:
        counts = explained(joined(read(path), format), format)
        assert counts == REAL_LOGS.get(path, counts)
        found += counts
    # Most kinds of known lines came up where a broker was driven into trouble on purpose.
    assert len(found) == 123
