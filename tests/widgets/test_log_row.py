"""One event as one row: columns that fit, and texts of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.strip import Strip

from mqtail.events import Level, LogEvent, Source
from tests.widgets.conftest import EventFactory
from widgets.log.columns import Columns
from widgets.log.row import MAX_TEXT, RowPainter, short_logger
from widgets.log.styles import STYLES

if TYPE_CHECKING:
    from widgets.instances import InstanceNumbers

BROKER = Source(0, "clicks", "msk", "broker", "3", format="kafka")
TWIN = Source(1, "clicks", "msk", "broker", "3", "s3", format="kafka")
FIREHOSE = Source(2, "clicks", "msk", "broker", "3", "firehose", format="kafka")
CALLS = Source(3, "clicks", "cloudtrail", "api", None, "cloudtrail", format="cloudtrail")
ALL = (BROKER, TWIN, FIREHOSE, CALLS)
STYLE_NAMES = {name: Style(meta={"name": name}) for name in STYLES}


def _columns(*sources: Source, narrow: bool = False) -> Columns:
    numbers: InstanceNumbers = {
        (source.target, source.instance): int(source.instance)
        for source in sources
        if source.instance
    }
    logs = [(source.kind, source.destination) for source in sources]
    return Columns().fitted(["clicks"], logs, numbers, 80 if narrow else 100)


def _row(event: LogEvent, columns: Columns) -> str:
    painter = RowPainter(STYLE_NAMES, columns)
    head = Strip(painter.head(event))
    assert head.cell_length == columns.head
    return head.text + painter.text(event).strip(0).text


def _kafka(message: str, level: Level = Level.INFO) -> str:
    return f"[2026-11-18 11:06:41,000] {level.name} {message}"


@pytest.mark.parametrize("narrow", [False, True])
def test_twins_are_told_apart_by_where_they_were_read(factory: EventFactory, narrow: bool) -> None:
    """The usual place is not named, and none is where there is only one."""
    columns, broker = _columns(*ALL, narrow=narrow), "brok" if narrow else "broker"
    rows = [_row(factory.one("x", source=source), columns) for source in ALL]
    kinds = [" ".join(row.split(" I ")[0].split()[1:]) for row in rows]
    assert kinds == [f"3 {broker}", f"3 {broker} s3", f"3 {broker} fire", "api"]
    assert len({row.index(" I ") for row in rows}) == 1
    alone = _row(factory.one("x", source=TWIN), _columns(TWIN, CALLS, narrow=narrow))
    assert alone.split()[1:] == ["3", broker, "I", "x"]


def test_broker_ids_of_two_digits_and_more(factory: EventFactory) -> None:
    """The column is as wide as the widest id, and rows without an instance keep to it."""
    sources = [
        Source(number, "clicks", "msk", "broker", str(number), format="kafka")
        for number in (7, 30, 1001)
    ]
    for chosen in (sources[:2], sources):
        columns = _columns(*chosen, CALLS)
        rows = [_row(factory.one("x", source=source), columns) for source in (*chosen, CALLS)]
        assert [row.split()[1] for row in rows[:-1]] == [source.instance for source in chosen]
        assert len({row.index(" I ") for row in rows}) == 1


def test_a_kafka_event_is_its_message_and_short_logger(factory: EventFactory) -> None:
    """Hundreds of lines are counted; the blanks at the end of the first one are left out."""
    values = "".join(f"\n\tsome.option.{number} = {number}" for number in range(207))
    message = _kafka(f"KafkaConfig values: {values}\n (kafka.server.KafkaConfig)")
    row = _row(factory.one(message, source=BROKER), _columns(BROKER))
    assert row.rstrip().endswith(" I  KafkaConfig values:  ⏎ +207  KafkaConfig")


def test_loggers_that_are_called_logger_are_shown_whole() -> None:
    """Kafka has several of them; the last part of all others tells enough."""
    assert short_logger("state.change.logger") == "state.change.logger"
    assert short_logger("kafka.server.ReplicaManager") == "ReplicaManager"
    assert short_logger("kafka") == "kafka"


def test_an_api_call_is_its_line(factory: EventFactory) -> None:
    """The kind has a colour of its own; only what came out of order is marked late."""
    call = (
        '{"eventSource":"kafka.amazonaws.com","eventName":"RebootBroker","userIdentity":{"type":'
        '"IAMUser","userName":"kim"},"requestParameters":{"clusterArn":"arn:aws:kafka:us-west-2:'
        '111122223333:cluster/clicks/0a1b2c3d-7","brokerIds":["2"]},"sourceIPAddress":"192.0.2.7"}'
    )
    event = factory.one(call, source=CALLS)
    painter = RowPainter(STYLE_NAMES, _columns(BROKER, CALLS))
    assert (
        painter.text(event).strip(0).text
        == "kim called RebootBroker on clicks broker 2 from 192.0.2.7  kafka"
    )
    assert [
        part.text
        for part in painter.head(event)
        if part.style and part.style.meta.get("name") == "api"
    ] == ["api    "]


@given(text=st.text(st.sampled_from("\0\t\n\r ab日\u202e\x1b()[],:.=I"), max_size=300))
def test_no_text_breaks_a_row(text: str) -> None:
    """NUL bytes, tabs, wide and invisible characters: every row is printable and fits exactly."""
    event = EventFactory().one(_kafka(f"{text} (kafka.log.Log)\0\n\0"), source=BROKER)
    assert _row(event, _columns(*ALL, narrow=True)).isprintable()


def test_a_file_that_was_broken_off_makes_no_endless_row(factory: EventFactory) -> None:
    """Thousands of NUL bytes are cut like any other long text."""
    event = factory.one("\0" * 100_000, source=BROKER)
    text = RowPainter(STYLE_NAMES, _columns(BROKER)).text(event)
    assert text.strip(0).cell_length == MAX_TEXT + 1
