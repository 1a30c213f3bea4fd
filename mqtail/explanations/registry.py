"""All known lines, and the explanation of an event."""

from __future__ import annotations

import re
from functools import cache

from mqtail.events import LogEvent
from mqtail.explanations import (
    activemq_audit,
    activemq_broker,
    activemq_clients,
    activemq_messages,
    activemq_store,
    api_calls,
    kafka_brokers,
    kafka_clients,
    kafka_groups,
    kafka_replication,
    rabbitmq_clients,
    rabbitmq_cluster,
    rabbitmq_links,
    rabbitmq_nodes,
)
from mqtail.explanations.base import Explanation, KnownLine
from mqtail.formats import parse
from mqtail.printable import printable

KNOWN_LINES: dict[str, tuple[KnownLine, ...]] = {
    "activemq": (
        *activemq_audit.LINES,
        *activemq_store.LINES,
        *activemq_broker.LINES,
        *activemq_clients.LINES,
        *activemq_messages.LINES,
    ),
    "rabbitmq": (
        *rabbitmq_nodes.LINES,
        *rabbitmq_cluster.LINES,
        *rabbitmq_clients.LINES,
        *rabbitmq_links.LINES,
    ),
    "kafka": (
        *kafka_replication.LINES,
        *kafka_brokers.LINES,
        *kafka_clients.LINES,
        *kafka_groups.LINES,
    ),
    "api": api_calls.LINES,
}
"""By engine, in the order in which they are tried."""

_ENGINES = {
    "activemq-general": "activemq",
    "activemq-audit": "activemq",
    "rabbitmq": "rabbitmq",
    "rabbitmq-report": "rabbitmq",
    "kafka": "kafka",
    "cloudtrail": "api",
}
"""By the format that an event has."""

_SEARCHED = 2_000
"""Characters of a message that are looked at: its first lines, however long its trace is."""
_VALUE = 120
"""Characters of a found value that are shown."""


def explain(event: LogEvent) -> Explanation | None:
    """What an event means; None where its line is not a known one. Never raises."""
    fields = parse(event)
    engine = _ENGINES.get(fields.format)
    if engine is None:
        return None
    text = fields.text[:_SEARCHED]
    for pattern, line in _compiled(engine):
        if line.level not in (None, fields.level) or line.logger not in ("", fields.logger):
            continue
        found = pattern.search(text)
        if found:
            return _explanation(engine, line, found)
    return None


@cache
def _compiled(engine: str) -> tuple[tuple[re.Pattern[str], KnownLine], ...]:
    """The lines of an engine with their patterns, made when they are first needed."""
    return tuple((re.compile(line.pattern, re.MULTILINE), line) for line in KNOWN_LINES[engine])


def _explanation(engine: str, line: KnownLine, found: re.Match[str]) -> Explanation:
    values = {name: _shown(value) for name, value in found.groupdict("").items()}
    return Explanation(
        id=line.id,
        title=line.title,
        meaning=line.meaning.format_map(values),
        look_at=line.look_at,
        doc=line.doc,
        engine=engine,
    )


def _shown(value: str) -> str:
    """A found value, harmless and short; an ellipsis where it is empty."""
    shown = printable(value.strip()[: 2 * _VALUE])
    return f"{shown[:_VALUE]}…" if len(shown) > _VALUE else shown or "…"
