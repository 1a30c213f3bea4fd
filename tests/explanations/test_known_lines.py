"""Every known line: its sample, its texts, its pattern, and that what it names exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from string import Formatter
from urllib.parse import urlsplit

import pytest
from botocore.loaders import Loader

from mqtail.events import LogEvent, Source
from mqtail.explanations import KNOWN_LINES, KnownLine, explain
from mqtail.filters import compile_filter
from mqtail.printable import printable
from tests.explanations import metrics

HOSTS = {"docs.aws.amazon.com", "activemq.apache.org", "www.rabbitmq.com", "kafka.apache.org"}
METRICS = {
    "activemq": set(metrics.ACTIVEMQ.split()),
    "rabbitmq": set(metrics.RABBITMQ.split()),
    "kafka": set(metrics.KAFKA.split()),
}
METRICS["api"] = set().union(*METRICS.values())

_CODE = re.compile(r"`([^`]+)`")
_CAPITALISED = re.compile(r"(?:[A-Z]+[a-z0-9]+)+[A-Z]*")
_FILTER = re.compile(r"[Ff]ilter `([^`]+)`")

each_line = pytest.mark.parametrize(
    ("engine", "line"),
    [
        pytest.param(engine, line, id=line.id)
        for engine, lines in KNOWN_LINES.items()
        for line in lines
    ],
)


def event(message: str) -> LogEvent:
    """An event of a log whose format is found by trying."""
    return LogEvent(0, 0, Source(0, "shop", "logs", "shop"), 0, message)


def texts(line: KnownLine) -> Iterator[str]:
    """All that is shown of a line."""
    yield from (line.title, line.meaning, *line.look_at)


@pytest.fixture(scope="module")
def actions() -> set[str]:
    """The API operations of both services."""
    loader = Loader()
    models = (loader.load_service_model(name, "service-2") for name in ("mq", "kafka"))
    return {operation for model in models for operation in model["operations"]}


def test_every_engine_has_its_lines() -> None:
    """Far more than forty in all, with an id of its own each."""
    ids = [line.id for lines in KNOWN_LINES.values() for line in lines]
    assert len(ids) == len(set(ids)) > 150
    assert {engine: len(lines) >= 15 for engine, lines in KNOWN_LINES.items()} == dict.fromkeys(
        ("activemq", "rabbitmq", "kafka", "api"), True
    )


@each_line
def test_the_sample_is_explained_by_its_own_line(engine: str, line: KnownLine) -> None:
    """And by no earlier one, with everything that its meaning names filled in."""
    explanation = explain(event(line.sample))
    assert explanation is not None
    assert (explanation.id, explanation.engine) == (line.id, engine)
    assert explanation.title == line.title
    assert explanation.look_at == line.look_at
    assert explanation.doc == line.doc
    assert "…" not in explanation.meaning


@each_line
def test_ids_and_addresses(engine: str, line: KnownLine) -> None:
    """An id tells its engine; the page is an official one."""
    assert re.fullmatch(rf"{engine}(-[a-z0-9]+)+", line.id)
    address = urlsplit(line.doc)
    assert address.scheme == "https"
    assert address.hostname in HOSTS
    assert not re.search(r"\s", line.doc)


@each_line
def test_texts_are_short_and_plain(engine: str, line: KnownLine) -> None:
    """One line each, of printable characters, within what a panel shows."""
    assert all(printable(text) == text == text.strip() for text in texts(line))
    assert all(text.count("`") % 2 == 0 and "http" not in text for text in texts(line))
    assert len(line.title) <= 80
    assert not line.title.endswith(".")
    assert 80 <= len(line.meaning) <= 480
    assert 2 <= len(re.findall(r"[.?](?= |$)", line.meaning)) <= 4
    assert 2 <= len(line.look_at) <= 5
    assert all(20 <= len(step) <= 160 and step[-1] in ".?" for step in line.look_at)


@each_line
def test_patterns_are_anchored_and_bounded(engine: str, line: KnownLine) -> None:
    """No pattern can run away: each repetition has an end, and begins where a line does."""
    assert line.pattern.startswith(("^", r"\A"))
    operators = re.sub(r"\\.|\[(?:\\.|[^\]\\])+\]", "x", line.pattern)
    assert not re.search(r"[*+]|\{\d*,\}", operators)
    assert all(int(most) <= 1000 for most in re.findall(r"\{\d+,(\d+)\}", operators))


@each_line
def test_the_meaning_uses_what_the_pattern_finds(engine: str, line: KnownLine) -> None:
    """Every name in the meaning is a group of the pattern, and every group is used."""
    used = {name for _, name, _, _ in Formatter().parse(line.meaning) if name is not None}
    assert used == set(re.compile(line.pattern).groupindex)


@each_line
def test_metrics_and_operations_exist(engine: str, line: KnownLine, actions: set[str]) -> None:
    """What is written like a metric is a metric of this engine, or an API operation."""
    words = {word for step in line.look_at for word in _CODE.findall(step)}
    named = {word for word in words if _CAPITALISED.fullmatch(word)}
    assert named <= METRICS[engine] | actions


@each_line
def test_filters_can_be_typed(engine: str, line: KnownLine) -> None:
    """A filter that is proposed is one that the filter language takes."""
    for text in (text for step in line.look_at for text in _FILTER.findall(step)):
        if not text.endswith(":"):  # `user:` and the like, to be completed
            assert not compile_filter(text, now=0, zone=UTC).is_empty
