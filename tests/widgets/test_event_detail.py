"""One event in full."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.widgets import Static

from mqtail.events import Level, LogEvent, Source
from tests.widgets.conftest import OneWidget
from widgets.event_detail import EventDetail, event_fields, message_text

if TYPE_CHECKING:
    from tests.widgets.conftest import EventFactory

CALLS = Source(7, "clicks", "cloudtrail", "api", None, "cloudtrail", format="cloudtrail")
CALL = (
    '{"eventSource":"kafka.amazonaws.com","eventName":"DeleteCluster","eventTime":'
    '"2026-11-18T11:05:01Z","userIdentity":{"type":"IAMUser","userName":"kim"},"errorCode":'
    '"AccessDeniedException","sourceIPAddress":"192.0.2.7","requestParameters":{"clusterArn":'
    '"arn:aws:kafka:us-west-2:111122223333:cluster/clicks/5b1f9a80-1c2d-4e3f-8a9b-0c1d2e3f4a5b-7"},'
    '"userAgent":"日本語日本語日本語日本語日本語日本語日本語日本語","readOnly":false}'
)


def test_the_detail_has_every_field(factory: EventFactory) -> None:
    """Times, place, what was parsed, and where it came from."""
    message = (
        "2026-11-18 11:05:00,200 | ERROR | Could not accept | org.x.Acceptor | main\n\tat org.x.A"
    )
    event = factory.one(message, level=Level.ERROR, late=True)
    event.event_id = "id-1"
    fields = dict(event_fields(event, UTC))
    assert fields["time"] == "2026-11-18 11:06:41.000 +00:00"
    assert fields["ingested"].endswith("(20.0s later)")
    assert fields["level"] == "error"
    assert fields["logger"] == "org.x.Acceptor"
    assert fields["thread"] == "main"
    assert fields["log stream"] == "s-1"
    assert fields["event id"] == "id-1"
    assert "late" in fields


def test_json_is_laid_out(factory: EventFactory) -> None:
    """A message that is JSON gets a line for each value."""
    text = message_text(factory.one('{"a": 1, "b": [true, "[bold]x"]}')).plain
    assert text.startswith('{\n  "a": 1,')
    assert "[bold]x" in text


async def test_the_detail_shows_text_as_it_is(factory: EventFactory) -> None:
    """Markup and escapes are text; `o` shows the message as received; `y` copies it."""
    message = "2026-11-18 11:05:00,200 | WARN  | [red]\x1b[2J | org.x.Y | main"
    event: LogEvent = factory.one(message, level=Level.WARN)
    detail = EventDetail(event)
    app = OneWidget(detail)
    async with app.run_test(size=(80, 30)) as pilot:
        head = detail.query_one(".event-detail--head", Static)
        assert str(head.render()) == "2026-11-18 11:06:41.000 +00:00  WARN"
        text = detail.query_one(".event-detail--text", Static)
        detail.focus()
        await pilot.pause()
        assert str(text.render()) == "[red]␛[2J"
        await pilot.press("o", "y")
        assert str(text.render()).startswith("2026-11-18 11:05:00,200 | WARN")
        assert app.clipboard == message


async def test_the_message_stands_before_the_fields(factory: EventFactory) -> None:
    """In a terminal of few rows it can be read without scrolling."""
    detail = EventDetail(factory.one("the message", late=True))
    async with OneWidget(detail).run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        text = detail.query_one(".event-detail--text", Static)
        fields = detail.query_one(".event-detail--fields")
        assert text.region.y < 3
        assert text.region.bottom <= fields.region.y
        assert "late +20s" in str(detail.query_one(".event-detail--head", Static).render())


def test_an_api_call_is_told_in_a_line_and_then_whole(factory: EventFactory) -> None:
    """The line that the log shows, the record laid out, and what was found in it."""
    event = factory.one(CALL, level=Level.WARN, source=CALLS)
    line, blank, *record = message_text(event).plain.split("\n")
    assert line == "kim called DeleteCluster on clicks from 192.0.2.7: AccessDeniedException"
    assert blank == ""
    assert record[:2] == ["{", '  "eventSource": "kafka.amazonaws.com",']
    assert record[-2:] == ['  "readOnly": false', "}"]
    fields = dict(event_fields(event, UTC))
    assert fields["action"] == "DeleteCluster"
    assert fields["resource"] == "clicks"
    assert fields["error"] == "AccessDeniedException"
    assert (fields["user"], fields["address"]) == ("kim", "192.0.2.7")
    assert (fields["kind"], fields["source"]) == ("api", "cloudtrail")


def test_json_is_folded_under_its_value(factory: EventFactory) -> None:
    """Long values go on further to the right, whatever the width; nothing of them is lost."""
    whole = message_text(factory.one(CALL, source=CALLS)).plain
    for width in (40, 41, 73):
        lines = message_text(factory.one(CALL, source=CALLS), width).plain.split("\n")[2:]
        assert all(cell_len(line) <= width for line in lines)
        assert "".join("".join(lines).split()) == "".join(whole.partition("\n")[2].split())
    arn = next(at for at, line in enumerate(lines) if "clusterArn" in line)
    assert lines[arn + 1].startswith("        ")


async def test_an_api_call_can_be_seen_as_it_was_received(factory: EventFactory) -> None:
    """`o` shows the text, `y` copies it."""
    detail = EventDetail(factory.one(CALL, source=CALLS))
    app = OneWidget(detail)
    async with app.run_test(size=(80, 30)) as pilot:
        detail.focus()
        await pilot.press("o", "y")
        text = detail.query_one(".event-detail--text", Static)
        assert str(text.render()) == CALL
        assert app.clipboard == CALL


def test_json_that_is_nested_without_end_is_shown_as_it_is(factory: EventFactory) -> None:
    """Laid out, a short text would fill the memory."""
    for depth in (100, 100_000):
        message = "[" * depth + "]" * depth
        assert message_text(factory.one(message)).plain == message


def test_an_event_of_an_object_says_where_it_stands_there(factory: EventFactory) -> None:
    """Bucket, key and line, and how late it was delivered."""
    source = Source(3, "clicks", "msk", "broker", "2", "s3", bucket="logs", format="kafka")
    event = factory.one(
        "[2026-11-18 11:05:00,100] INFO [Partition clicks-0 broker=2] Shrinking ISR from 1,2 to 2 "
        "(kafka.cluster.Partition)",
        source=source,
    )
    event.ingested, event.key, event.line = event.timestamp + 252_000, "msk/Broker-2.log.gz", 1_204
    fields = dict(event_fields(event, UTC))
    assert fields["ingested"].endswith("(4m12s later)")
    assert (fields["bucket"], fields["key"], fields["line"]) == (
        "logs",
        "msk/Broker-2.log.gz",
        "1204",
    )
    assert (fields["component"], fields["partition"]) == ("Partition", "clicks-0")
    assert fields["source"] == "s3"


def test_long_settings_keep_their_indentation(factory: EventFactory) -> None:
    """A value without blanks is folded under its name; prose is left to be wrapped at its words."""
    listeners = ",".join(f"CLIENT{number}://b-2.example:909{number}" for number in range(4))
    prose = "The size of the current ISR is insufficient " * 3
    text = message_text(factory.one(f"values:\n\tlisteners = {listeners}\n{prose}"), 60).plain
    _, first, *more, last = text.split("\n")
    assert first.startswith("    listeners = CLIENT0://")
    assert more
    assert all(line.startswith(" " * 8) and cell_len(line) <= 60 for line in more)
    assert last == prose
