"""How often formats are asked: counts, where times would depend on the machine."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import Any

import pytest

from mqtail.events import LogEvent, Source
from mqtail.formats import FORMATS
from mqtail.output import JsonFormatter, TextFormatter
from mqtail.sources.joining import Heads, Joiner

EVENTS = 50
PLAIN = "a line of some other program"
GENERAL = "2026-01-01 00:00:00,000 | ERROR | Could not | a.b.Logger | main"
KAFKA = "[2026-01-01 00:00:00,000] INFO [Partition a-1 broker=1] Done (kafka.cluster.Partition)"


class Asked:
    """Counts the calls of one method of every format."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        self.calls: Counter[str] = Counter()
        """By name of the format."""
        self.keywords: list[dict[str, Any]] = []
        for kind in {type(format) for format in FORMATS}:
            monkeypatch.setattr(kind, method, self._counting(getattr(kind, method)))

    def _counting(self, method: Any) -> Any:
        def counting(format: Any, *arguments: str, **keywords: Any) -> Any:
            self.calls[format.name] += 1
            self.keywords.append(keywords)
            return method(format, *arguments, **keywords)

        return counting


def events(message: str, expected: str) -> list[LogEvent]:
    """Events of one stream."""
    source = Source(0, "shop", "logs", "general", format=expected)
    return [LogEvent(n, n, source, n, message) for n in range(EVENTS)]


@pytest.mark.parametrize("message", [PLAIN, GENERAL, KAFKA], ids=["plain", "general", "kafka"])
def test_the_format_of_an_event_is_found_out_once(
    message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is not known beforehand: not again to tell whether the next one goes on."""
    found = events(message, "")
    heads: Heads = {}
    asked = Asked(monkeypatch, "starts")
    joiner = Joiner()
    pages = (found[n : n + 10] for n in range(0, EVENTS, 10))
    assert sum(len(joiner.join(page, heads)[0]) for page in pages) == EVENTS
    assert max(asked.calls.values()) <= EVENTS


def test_no_format_is_looked_for_where_the_expected_one_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Level and beginning are at fixed places."""
    found = events(GENERAL, "activemq-general")
    asked = Asked(monkeypatch, "starts")
    Joiner().join(found)
    assert not asked.calls


@pytest.mark.parametrize("output", ["json", "text"])
@pytest.mark.parametrize("expected", ["", "kafka"], ids=["unknown", "expected"])
def test_a_written_event_is_parsed_once_and_briefly(
    output: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Details are only looked for in an event that is looked at."""
    found = events(KAFKA, expected)
    line: Any = JsonFormatter().line
    if output == "text":
        line = TextFormatter(False, UTC, False, None).lines
    line(found[0])
    asked = Asked(monkeypatch, "parse")
    for event in found:
        line(event)
    assert asked.calls == {"kafka": EVENTS}
    assert all(keywords == {"brief": True} for keywords in asked.keywords)
