"""Events as JSON lines, as aligned text, and raw."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mqtail.events import Level, LogEvent, Source
from mqtail.output import JsonFormatter, RawFormatter, TextFormatter

CORPORA = Path(__file__).parent.parent.parent / "shared" / "corpora"
TODAY = date(2026, 11, 20)
NOON = 1_795_176_000_000
"""2026-11-20 12:00:00 UTC."""
GENERAL = "2026-11-20 12:00:00,411 | WARN  | Store is full | org.apache.activemq.Broker | main"
AUDIT = (
    "INFO  | admin called org.apache.activemq.broker.jmx.QueueView.purge[] "
    "at 20-11-2026 12:00:00,744 | RMI TCP Connection(4)-127.0.0.1"
)
ESCAPES = "a\x1b[2Jb\x9bc\x07\x7f\u202e\u2028d\re"


def source(index: int = 0, **changes: Any) -> Source:
    """A log stream of instance 1 of prod-orders, of no format in particular."""
    values: dict[str, Any] = {
        "target": "prod-orders",
        "service": "mq",
        "kind": "general",
        "instance": "1",
        "log_group": "/aws/amazonmq/broker/b-1/general",
        "log_stream": "activemq-b-1-1.log",
    }
    return Source(index, **values | changes)


SOURCE = source()


def event(message: str, origin: Source = SOURCE, **changes: Any) -> LogEvent:
    """A warning of noon, received a second later."""
    values: dict[str, Any] = {
        "timestamp": NOON,
        "ingested": NOON + 1_500,
        "order": 0,
        "level": Level.WARN,
    }
    return LogEvent(source=origin, message=message, **values | changes)


def text_formatter(
    color: bool = False, many_targets: bool = False, width: int | None = None
) -> TextFormatter:
    """A formatter for UTC whose day is that of the events."""
    return TextFormatter(color, UTC, many_targets, width, today=TODAY)


def without_colour(text: str) -> str:
    """Text without the SGR sequences that the formatter may use."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def harmless(text: str) -> bool:
    """Whether a text of several lines holds nothing that a terminal interprets."""
    return all(
        unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        for c in text.replace("\n", "")
    )


# JSON lines


def test_json_line_of_an_event_with_everything() -> None:
    """Every key in the documented order, times in UTC with milliseconds."""
    full = event(GENERAL, id="3845", joined=2, late=True, timestamp=NOON + 7)
    line = JsonFormatter().line(full)
    assert line.endswith(b"}\n")
    assert list(json.loads(line).items()) == [
        ("timestamp", "2026-11-20T12:00:00.007Z"),
        ("ingested", "2026-11-20T12:00:01.500Z"),
        ("target", "prod-orders"),
        ("service", "mq"),
        ("kind", "general"),
        ("instance", "1"),
        ("source", "cloudwatch"),
        ("level", "warn"),
        ("logger", "org.apache.activemq.Broker"),
        ("thread", "main"),
        ("user", None),
        ("message", GENERAL),
        ("joined", 2),
        ("log_group", "/aws/amazonmq/broker/b-1/general"),
        ("log_stream", "activemq-b-1-1.log"),
        ("event_id", "3845"),
        ("late", True),
        ("lag", 1.493),
    ]


def test_json_line_of_an_event_with_nothing() -> None:
    """Keys stay, with null; only `joined` is left out."""
    bare = event(
        "x", source(instance=None, log_group="", log_stream=""), ingested=0, level=Level.UNKNOWN
    )
    shown = json.loads(JsonFormatter().line(bare))
    assert "joined" not in shown
    nulls = {name for name, value in shown.items() if value is None}
    assert nulls == {
        *("ingested", "instance", "level", "logger", "thread", "user"),
        *("log_group", "log_stream", "event_id", "lag"),
    }
    assert shown["late"] is False


def test_json_line_names_the_user() -> None:
    """The user of an audit entry is a value of its own."""
    assert json.loads(JsonFormatter().line(event(AUDIT, source(kind="audit"))))["user"] == "admin"


def test_json_line_is_one_line_that_no_terminal_interprets() -> None:
    """Control characters travel as JSON escapes and come back unchanged."""
    line = JsonFormatter().line(event(f"{ESCAPES}\nsecond 日本 \U000e0041"))
    assert line.count(b"\n") == 1
    assert harmless(line.decode())
    assert json.loads(line)["message"] == f"{ESCAPES}\nsecond 日本 \U000e0041"


def test_json_line_with_lone_surrogates() -> None:
    """What UTF-8 cannot hold is replaced, wherever it stands."""
    line = JsonFormatter().line(event("x\ud800y", source(target="t\udfff"), joined=1))
    shown = json.loads(line)
    assert (shown["message"], shown["target"], shown["joined"]) == ("x\ufffdy", "t\ufffd", 1)


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (NOON + 59_999, "2026-11-20T12:00:59.999Z"),
        (10**18, "9999-12-31T00:00:00.000Z"),
    ],
)
def test_json_times(ms: int, shown: str) -> None:
    """Impossible times become the last one that there is, instead of an error."""
    assert json.loads(JsonFormatter().line(event("x", timestamp=ms)))["timestamp"] == shown


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_message_is_exactly_what_was_received(message: str) -> None:
    """Any text that UTF-8 can hold comes back as it was."""
    assert json.loads(JsonFormatter().line(event(message)))["message"] == message


# Raw


def test_raw_is_the_message_and_a_newline() -> None:
    """Nothing is added, taken away or cleaned when it goes into a pipe."""
    assert RawFormatter(clean=False).lines(event(f"{ESCAPES}\nb")) == f"{ESCAPES}\nb\n"


def test_raw_can_be_encoded() -> None:
    """Only a lone surrogate is replaced."""
    assert RawFormatter(clean=False).lines(event("é\ud800")) == "é\ufffd\n"


def test_raw_for_a_terminal_is_harmless() -> None:
    """There the escapes are shown, and lines stay lines."""
    shown = RawFormatter(clean=True).lines(event(f"{ESCAPES}\n\tb"))
    assert harmless(shown)
    assert shown.endswith("\n        b\n")


# Text


def test_text_line() -> None:
    """Time, instance, kind, level, the message proper, the logger's last part."""
    shown = text_formatter().lines(event(GENERAL, timestamp=NOON + 411))
    assert shown == "12:00:00.411 1 gen  WARN  Store is full  Broker\n"


def test_text_of_an_unknown_format_is_shown_whole() -> None:
    """Without a level its column stays empty."""
    shown = text_formatter().lines(event("something", level=Level.UNKNOWN))
    assert shown == "12:00:00.000 1 gen        something\n"


def test_text_names_the_target_where_there_are_several() -> None:
    """The first column after the time."""
    shown = text_formatter(many_targets=True).lines(event("x"))
    assert shown == "12:00:00.000 prod-orders 1 gen  WARN  x\n"


def test_columns_grow_and_stay_aligned_in_cells() -> None:
    """After the widest name was seen, messages begin in the same cell, wide characters or not."""
    origins = [
        source(0, target="注文ブローカー"),
        source(1, target="b", instance="rabbit@ip-10-0-21-52.us-west-2.compute.internal"),
        source(2, target="prod-orders", kind="connection"),
        source(3, target="x", instance=None),
    ]
    formatter = text_formatter(many_targets=True)
    for origin in origins:
        formatter.lines(event("message", origin))
    lines = [formatter.lines(event("message", origin)) for origin in origins]
    assert len({cell_len(line[: line.index("WARN")]) for line in lines}) == 1
    assert "ip-10-0-21-52 " in lines[1]
    assert "compute" not in lines[1]


def test_further_lines_are_indented_under_the_message_and_never_cut() -> None:
    """A stack trace in full, tabs expanded, the logger after the first line."""
    trace = "x" * 5000
    shown = text_formatter().lines(event(f"{GENERAL}\njava.io.E: {trace}\n\tat a.B\n\nend\n"))
    first, second, third, blank, last, rest = shown.split("\n")
    assert first.endswith("Store is full  Broker")
    indent = " " * first.index("Store")
    assert second == f"{indent}java.io.E: {trace}"
    assert third == f"{indent}        at a.B"
    assert (blank, last, rest) == ("", f"{indent}end", "")


def test_long_lines_wrap_under_the_message_in_a_terminal() -> None:
    """No line is wider than the terminal, nothing is lost, not even of wide characters."""
    message = "日本語 abc " * 30
    shown = text_formatter(width=60).lines(event(message))
    lines = shown.splitlines()
    indent = len("12:00:00.000 1 gen  WARN  ")
    assert len(lines) > 3
    assert all(cell_len(line) <= 60 for line in lines)
    assert all(line[:indent].isspace() for line in lines[1:])
    assert "".join(line[indent:] for line in lines) == message


def test_the_logger_gets_a_line_of_its_own_where_it_does_not_fit() -> None:
    """In a terminal, when the message fills its line."""
    message = GENERAL.replace("Store is full", "s" * 30)
    shown = text_formatter(width=60).lines(event(message))
    assert [line.strip() for line in shown.splitlines()][1:] == ["Broker"]


def test_a_narrow_terminal_leaves_the_message_some_room() -> None:
    """Twenty cells, rather than a column of single letters."""
    shown = text_formatter(width=10).lines(event("y" * 40))
    assert [line.strip()[-20:] for line in shown.splitlines()] == ["y" * 20] * 2


@pytest.mark.parametrize(
    ("lag_ms", "mark"),
    [
        (240_000, "(late 4m)"),
        (59_000, "(late 59s)"),
        (7_200_000, "(late 2h)"),
        (200_000_000, "(late 2d)"),
        (10, "(late)"),
    ],
)
def test_late_events_are_marked(lag_ms: int, mark: str) -> None:
    """With the time it took them to arrive."""
    shown = text_formatter().lines(event("x", late=True, ingested=NOON + lag_ms))
    assert shown.endswith(f"WARN  {mark} x\n")


def test_late_events_without_ingestion_time_are_marked() -> None:
    """How late is not known then."""
    assert "(late) x" in text_formatter().lines(event("x", late=True, ingested=0))


def test_a_line_says_when_the_day_changes() -> None:
    """Not for today; before the first event of another day, and of the next one."""
    formatter = text_formatter()
    day = 86_400_000
    shown = "".join(
        formatter.lines(event("x", timestamp=NOON + offset)) for offset in (0, -day, -day + 1, 0)
    )
    headings = [line for line in shown.splitlines() if line.startswith("--")]
    assert headings == ["-- 2026-11-19 --", "-- 2026-11-20 --"]
    assert shown.splitlines()[1] == "-- 2026-11-19 --"


def test_times_are_shown_in_the_zone() -> None:
    """The day, too."""
    formatter = TextFormatter(False, ZoneInfo("Asia/Tokyo"), False, None, today=TODAY)
    assert formatter.lines(event("x")).startswith("21:00:00.000 ")
    later = formatter.lines(event("x", timestamp=NOON + 4 * 3_600_000))
    assert later.startswith("-- 2026-11-21 --\n01:00:00.000 ")


def test_impossible_times_are_shown_somehow() -> None:
    """A time that no calendar has is no reason to fail."""
    for moment in (10**18, -(10**18)):
        assert "x" in text_formatter().lines(event("x", timestamp=moment))


def test_colour_adds_nothing_but_colour() -> None:
    """Without it there is no escape sequence; with it the text is the same."""
    events = [
        event(GENERAL, level=level, late=late, timestamp=NOON + 86_400_000)
        for level in Level
        for late in (True, False)
    ]
    plain, coloured = text_formatter(), text_formatter(color=True)
    for tested in events:
        text, styled = plain.lines(tested), coloured.lines(tested)
        assert "\x1b" not in text
        assert without_colour(styled) == text
        assert styled.count("\x1b[0m") * 2 == styled.count("\x1b[")


def test_colours_tell_instances_apart_and_are_stable() -> None:
    """Instances 1 and 2 differ; the same instance looks alike in a new formatter."""
    first, second = source(0, instance="1"), source(1, instance="2")

    def colour(origin: Source) -> str:
        shown = text_formatter(color=True).lines(event("x", origin))
        found = re.search(r"\x1b\[\d+m", shown)
        assert found is not None
        return found[0]

    assert colour(first) != colour(second)
    assert colour(first) == colour(first)


def test_nothing_in_an_event_reaches_the_terminal_uncleaned() -> None:
    """Neither in the message, nor in a name."""
    odd = source(target=ESCAPES, instance=ESCAPES, kind=ESCAPES)
    shown = text_formatter(many_targets=True).lines(event(f"{ESCAPES}\n{ESCAPES}", odd))
    assert harmless(shown)
    assert "[bold]" in text_formatter(color=True).lines(event("[bold]x[/bold]"))


@given(
    st.text(st.characters(exclude_categories=()) | st.sampled_from("\n\t\x1b")),
    st.booleans(),
    st.sampled_from([None, 40, 80]),
)
def test_text_is_harmless_whatever_the_message(message: str, late: bool, width: int | None) -> None:
    """Only the formatter's own colours are escape sequences."""
    shown = text_formatter(color=True, width=width).lines(event(message, late=late))
    assert harmless(without_colour(shown))
    assert shown.endswith("\n")


@pytest.mark.skipif(not CORPORA.is_dir(), reason="no recorded logs")
def test_recorded_logs_pass_through_every_formatter() -> None:
    """Real lines of each format: harmless text, and JSON that gives the line back."""
    text, raw, lines = text_formatter(width=100), RawFormatter(clean=True), JsonFormatter()
    for path in sorted(CORPORA.glob("[agr]*/*.log")):
        origin = source(kind=path.parent.name, log_stream=path.name)
        for line in path.read_text("utf-8", "replace").splitlines()[:300]:
            tested = event(line, origin)
            assert harmless(text.lines(tested))
            assert harmless(raw.lines(tested))
            assert json.loads(lines.line(tested))["message"] == line
