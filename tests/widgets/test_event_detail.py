"""One event in full: its sections, and what keys and the mouse do with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widget import Widget

from mqtail.events import Level, LogEvent, Source
from mqtail.explanations import KNOWN_LINES
from mqtail.formats import parse
from mqtail.printable import printable
from tests.tui.support import until
from tests.widgets.conftest import START, OneWidget
from tests.widgets.test_detail_json import CONTAINERS
from widgets.detail.document import EventDocument
from widgets.detail.layout import DetailLayout
from widgets.detail.rows import MAX_LINE, MAX_LINES, DetailRow
from widgets.detail.scroll import COPY, CURSOR
from widgets.detail.view import EventDetail

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
TRACE = (
    "2026-11-18 11:05:00,200 | ERROR | Could not accept | org.x.Acceptor | main\n"
    "java.io.IOException: too many\n\tat org.x.Acceptor.accept(Acceptor.java:10)\n"
    "\tat java.base/java.lang.Thread.run(Thread.java:840)\n"
    "Caused by: java.lang.IllegalStateException: full\n\t... 3 more"
)
KNOWN = KNOWN_LINES["kafka"][0]


class Detail(OneWidget):
    """The detail alone on the screen; remembers what it wants to filter, and what was opened."""

    def __init__(self, event: LogEvent) -> None:
        self.detail = EventDetail(event, UTC)
        super().__init__(self.detail)
        self.filters: list[str] = []
        self.opened: list[str] = []

    def on_mount(self) -> None:
        """The keys are its own."""
        self.detail.focus()

    def on_event_detail_filter_wanted(self, message: EventDetail.FilterWanted) -> None:
        """Remember."""
        self.filters.append(message.expression)

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Remember."""
        self.opened.append(url)

    @property
    def key(self) -> str:
        """Key of the row under the cursor."""
        return self.detail.row.key

    def line_of(self, key: str) -> int:
        """The line of the screen where a row begins."""
        row = next(row for row in self.detail.rows if row.key == key)
        text = _text(row)
        starts = (at for at, line in enumerate(self.rows()) if line[1:].strip().startswith(text))
        return next(starts)

    def keys(self, prefix: str = "") -> list[str]:
        """Keys of the rows that begin so."""
        return [row.key for row in self.detail.rows if row.key.startswith(prefix)]


def _text(row: DetailRow) -> str:
    return row.plain.strip()


def _style_of(row: DetailRow) -> str:
    return row.parts[-1][1]


def _document(message: str, source: Source) -> EventDocument:
    return EventDocument(LogEvent(START, 0, source, 1, message), UTC)


async def _go_to(pilot: Pilot[None], app: Detail, key: str) -> None:
    """Move down to a row."""
    for _ in app.detail.rows:
        if app.key == key:
            return
        await pilot.press("down")
    pytest.fail(f"There is no {key}.")


def test_a_stack_trace_is_told_apart(factory: EventFactory) -> None:
    """The exception, the frames of the broker and of libraries, the cause."""
    rows = EventDocument(factory.one(TRACE), UTC).rows({})
    styles = [_style_of(row) for row in rows if row.key.startswith("text/")]
    assert styles == ["first", "thrown", "frame", "frame-library", "cause", "frame-library"]


def test_settings_have_names_and_values(factory: EventFactory) -> None:
    """What is folded of a long one stands further to the right; nothing of it is lost."""
    listeners = ",".join(f"CLIENT{number}://b-2.example:909{number}" for number in range(4))
    rows = EventDocument(factory.one(f"values:\n\tlisteners = {listeners}"), UTC).rows({})
    (row,) = (row for row in rows if row.key == "text/2")
    assert list(row.parts) == [("    listeners", "name"), (" = ", "remark"), (listeners, "text")]
    layout = DetailLayout([row], 50, spaced=True)
    assert len(layout.lines) > 2
    assert len({line.indent for line in layout.lines[1:]}) == 1
    assert layout.lines[1].indent > layout.lines[0].indent
    assert "".join(map(layout.plain, layout.lines)) == row.plain


def test_an_api_call_is_told_in_a_line_and_then_whole() -> None:
    """The line that the log shows, and the record."""
    rows = {row.key: _text(row) for row in _document(CALL, CALLS).rows({})}
    told = "kim called DeleteCluster on clicks from 192.0.2.7: AccessDeniedException"
    assert rows["text/1"] == told
    assert rows['json/"eventSource"'] == 'eventSource: "kafka.amazonaws.com"'
    assert rows['json/"userIdentity"'] == "▾ userIdentity: 2 members"
    assert rows['json/"readOnly"'] == "readOnly: false"
    assert "AccessDeniedException" in rows["fields/error"]


def test_a_message_that_is_json_is_not_shown_as_text_too(factory: EventFactory) -> None:
    """Of one with JSON in it, both are."""
    whole = EventDocument(factory.one('{"a": 1, "b": [true, "[bold]x"]}'), UTC).rows({})
    part = EventDocument(factory.one('sent {"a": 1}'), UTC).rows({})
    headings = [[row.key for row in rows if row.level == 1] for rows in (whole, part)]
    assert headings == [["json", "fields", "raw"], ["text", "json", "fields", "raw"]]
    assert '1: "[bold]x"' in map(_text, whole)


def test_json_that_is_too_large_says_so(factory: EventFactory) -> None:
    """It is shown as text, with the reason."""
    document = EventDocument(factory.one("[" * 100 + "]" * 100), UTC)
    headings = [_text(row) for row in document.rows({}) if row.level == 1]
    assert headings[0] == "▾ Text  too deeply nested to be laid out as JSON"
    assert document.json_text == ""


def test_large_json_begins_folded() -> None:
    """Only its outer values are shown until it is unfolded."""
    text = json.dumps({f"k{n}": {"a": n, "b": {"c": [n]}} for n in range(200)})
    document = _document(text, CALLS)
    rows = document.rows({})
    assert len(rows) < 300
    assert len(document.json_keys) == 600
    unfolded = document.rows(dict.fromkeys(document.json_keys, False))
    assert len(unfolded) == len(rows) + 800


@pytest.mark.parametrize(
    "message",
    ["x" * 1_000_000, "\n".join(f"line {n}" for n in range(100_000)), "é\n" * 300_000],
    ids=["one-line", "many-lines", "short-lines"],
)
def test_a_huge_message_is_cut_and_copied_whole(message: str) -> None:
    """A row says how much more there is; the first row, the heading and that row copy it all."""
    rows = _document(message, Source(0, "orders", "mq", "general")).rows({"raw": False})
    assert len(rows) < 2 * MAX_LINES + 50
    assert sum(len(text) for row in rows for text, _ in row.parts) < 500_000
    values = {row.key: row.value() for row in rows}
    assert values["head"] == values["text"] == values["raw"] == message
    texts = {row.key: _text(row) for row in rows}
    if "\n" in message:
        assert values["text/more"] == message
        assert "more lines" in texts["text/more"]
        assert "y copies everything" in texts["text/more"]
    else:
        assert values["text/1"] == message
        assert texts["text/1"].endswith(
            f"{1_000_000 - MAX_LINE:,} more characters: y copies all of it"
        )


@given(st.text() | st.sampled_from((CALL, TRACE)), st.integers(1, 90), st.booleans())
def test_any_text_fits_any_width(text: str, width: int, told: bool) -> None:
    """Everything is printable and no line wider than the screen; copies are as received."""
    source = CALLS if told else Source(0, "orders", "mq", "general")
    rows = _document(text, source).rows({"raw": False})
    assert all(printable(part) == part for row in rows for part, _ in row.parts)
    assert rows[0].value() == text
    received = [row.value() for row in rows if row.key.startswith("raw/")]
    assert "\n".join(received) == text
    layout = DetailLayout(rows, width, spaced=True)
    for line in layout.lines:
        plain = layout.plain(line)
        # A blank at the end of a line may stand out; no text is narrower than the least room.
        assert line.indent + cell_len(plain.rstrip(" ")) <= max(width, 12)
    for number, row in enumerate(rows):
        lines = [line for line in layout.lines if line.row == number and line.start >= 0]
        assert "".join(map(layout.plain, lines)) == row.plain


@given(CONTAINERS, st.integers(1, 90))
def test_any_json_fits_any_width(value: object, width: int) -> None:
    """Unfolded, there is a row for each value; strings are copied as what they say."""
    text = json.dumps(value)
    document = _document(text, Source(0, "orders", "mq", "general"))
    assert document.json_text == text
    unfolded = dict.fromkeys(document.json_keys, False)
    rows = [row for row in document.rows(unfolded) if row.key.startswith("json/")]
    strings = [row.value() for row in rows if row.what == "the string"]
    assert strings == list(_strings(value))
    assert all(printable(row.plain) == row.plain for row in rows)
    layout = DetailLayout(rows, width, spaced=False)
    widths = (line.indent + cell_len(layout.plain(line).rstrip(" ")) for line in layout.lines)
    assert all(cells <= max(width, 12) for cells in widths)


def _strings(value: object) -> Iterator[str]:
    """The strings in a JSON value, names of members left out."""
    if isinstance(value, str):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _strings(each)


async def test_text_is_shown_as_it_is(factory: EventFactory) -> None:
    """Markup and escapes are text; `y` copies the message, and of a line that line."""
    message = "2026-11-18 11:05:00,200 | WARN  | [red]\x1b[2J | org.x.Y | main"
    app = Detail(factory.one(message, level=Level.WARN, late=True))
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.pause()
        rows = app.rows()
        assert rows[0].startswith(f"{CURSOR}2026-11-18 11:06:41.000 +00:00  WARN  late +20s")
        assert rows[3] == "   [red]␛[2J"
        await pilot.press("y")
        assert app.clipboard == message
        await pilot.press("down", "down", "y")
        assert app.clipboard == "[red]\x1b[2J"


async def test_a_lone_surrogate_is_copied_as_its_replacement(factory: EventFactory) -> None:
    """It has no UTF-8 form, so it cannot be sent to a terminal."""
    app = Detail(factory.one("a\ud800b"))
    async with app.run_test() as pilot:
        await pilot.press("y")
        assert app.clipboard == "a\ufffdb"


async def test_o_shows_the_message_as_received_and_goes_back(factory: EventFactory) -> None:
    """What was folded comes into sight."""
    app = Detail(factory.one(CALL, source=CALLS))
    async with app.run_test(size=(60, 15)) as pilot:
        assert not app.keys("raw/")
        await pilot.press("o")
        await pilot.pause()
        assert app.key == "raw"
        assert app.rows()[app.line_of("raw")].startswith(f"{CURSOR}▾ As received")
        assert app.rows()[-1].endswith('readOnly":false}')
        await pilot.press("down", "y")
        assert app.clipboard == CALL
        await pilot.press("o")
        await pilot.pause()
        assert app.key == "head"
        assert app.rows()[0].startswith(f"{CURSOR}2026")


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_sections_and_json_fold(factory: EventFactory, key: str) -> None:
    """The row itself stays under the cursor; folded JSON shows how it begins."""
    app = Detail(factory.one(CALL, source=CALLS))
    async with app.run_test(size=(80, 60)) as pilot:
        await _go_to(pilot, app, 'json/"userIdentity"')
        await pilot.press(key)
        assert app.keys('json/"userIdentity"') == [app.key]
        assert '▸ userIdentity: 2 members  {"type":"IAMUser"' in app.rows()[app.line_of(app.key)]
        await pilot.press(key)
        assert len(app.keys('json/"userIdentity"')) == 3
        await pilot.press("left", "right", "right", "y")
        assert app.clipboard == "IAMUser"
        await pilot.press("left", "left", "left")
        assert app.key == "json"
        assert app.keys("json/")
        await pilot.press(key)
        assert app.keys("json") == ["json"]
        await pilot.press("right", "right")
        assert app.key == 'json/"eventSource"'


async def test_all_of_the_json_folds(factory: EventFactory) -> None:
    """And unfolds; without JSON, that is said."""
    app = Detail(factory.one(CALL, source=CALLS))
    async with app.run_test(size=(80, 60), notifications=True) as pilot:
        unfolded = app.keys("json")
        await pilot.press("Z")
        assert len(app.keys("json")) == len(unfolded) - 3
        await pilot.press("Z")
        assert app.keys("json") == unfolded
        app.detail.show(factory.one("no JSON"))
        await pilot.press("Z", "j", "d", "f")
        await until(pilot, lambda: len(app._notifications) == 4)
        said = [notification.message for notification in app._notifications]
        assert said[:2] == ["There is no JSON in this event"] * 2
        assert said[2] == "No page is known for this event"
        assert "can be filtered for" in said[3]


async def test_j_copies_the_json(factory: EventFactory) -> None:
    """As received; on an object that one alone."""
    app = Detail(factory.one('sent {"a": {"b":  1.0}} to 2'))
    async with app.run_test(size=(80, 60)) as pilot:
        await pilot.press("j")
        assert app.clipboard == '{"a": {"b":  1.0}}'
        await _go_to(pilot, app, 'json/"a"')
        await pilot.press("y")
        assert app.clipboard == '{"b":  1.0}'


async def test_every_row_can_be_copied(factory: EventFactory) -> None:
    """What the clipboard has is what the row gives, on every row from the top to the end."""
    app = Detail(factory.one(TRACE, level=Level.ERROR))
    async with app.run_test(size=(60, 15)) as pilot:
        for row in app.detail.rows:
            await pilot.press("y")
            assert app.key == row.key
            assert app.clipboard == row.value()
            await pilot.press("down")
        copied = {row.key: row.value() for row in app.detail.rows}
        assert copied["text/3"] == "\tat org.x.Acceptor.accept(Acceptor.java:10)"
        assert copied["fields/logger"] == "org.x.Acceptor"
        assert "logger: org.x.Acceptor\nthread: main\n" in copied["fields"]


async def test_fields_go_to_the_filter(factory: EventFactory) -> None:
    """`f` adds one, `-` excludes it; of JSON a text; a line goes nowhere."""
    app = Detail(factory.one(CALL, source=CALLS))
    async with app.run_test(size=(80, 60)) as pilot:
        for key in ("text/1", 'json/"errorCode"', "fields/kind", "fields/user"):
            await _go_to(pilot, app, key)
            await pilot.press("f", "-")
        await pilot.pause()
        wanted = ['"AccessDeniedException"', "kind:api", "user:kim"]
        assert app.filters == [text for one in wanted for text in (one, f"not {one}")]


async def test_a_known_line_is_explained(factory: EventFactory) -> None:
    """Title, meaning, what to look at, and the page, which opens by key and by mouse."""
    source = Source(1, "clicks", "msk", "broker", "2", format="kafka")
    app = Detail(factory.one(KNOWN.sample, source=source, level=parse_level(KNOWN.sample)))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        rows = {row.key: row for row in app.detail.rows}
        assert _text(rows["meaning"]) == f"▾ {KNOWN.title}"
        assert _text(rows["meaning/0"]) == "• " + KNOWN.look_at[0].replace("`", "")
        assert rows["meaning/0"].value() == KNOWN.look_at[0]
        assert any(style == "code" for row in rows.values() for _, style in row.parts)
        await pilot.press("d")
        await _go_to(pilot, app, "meaning/page")
        await pilot.press("y", "enter")
        assert app.clipboard == KNOWN.doc
        await pilot.click(EventDetail, offset=(10, app.line_of("meaning/page")))
        assert app.opened == [KNOWN.doc] * 3
        await pilot.press("home", "down", "y")
        assert app.clipboard.startswith(f"{KNOWN.title}\n")
        assert app.clipboard.endswith(KNOWN.doc)


def parse_level(message: str) -> Level:
    """The level that a Kafka line has."""
    return parse(
        LogEvent(START, 0, Source(1, "c", "msk", "broker", format="kafka"), 1, message)
    ).level


async def test_the_mouse_chooses_folds_and_copies(factory: EventFactory) -> None:
    """A click on a row, on a heading, on the mark of an object, on the sign that copies."""
    app = Detail(factory.one(CALL, source=CALLS))
    async with app.run_test(size=(80, 60)) as pilot:
        await pilot.pause()
        line = app.line_of("fields/user")
        await pilot.click(EventDetail, offset=(20, line))
        assert app.key == "fields/user"
        assert app.clipboard == ""
        assert app.rows()[line].endswith(COPY)
        await pilot.click(EventDetail, offset=(app.rows()[line].index(COPY), line))
        assert app.clipboard == "kim"
        await pilot.hover(EventDetail, offset=(5, app.line_of("fields/target")))
        assert app.rows()[app.line_of("fields/target")].endswith(COPY)
        await pilot.click(EventDetail, offset=(4, app.line_of('json/"userIdentity"')))
        assert app.keys('json/"userIdentity"') == ['json/"userIdentity"']
        await pilot.click(EventDetail, offset=(20, app.line_of("json")))
        assert app.keys("json") == ["json"]


async def test_text_is_selected_with_the_mouse(factory: EventFactory) -> None:
    """Over rows and folded lines, without indentation; y copies it; a click ends it."""
    app = Detail(factory.one(f"日本 first\nsecond {'x' * 50} end\nthird"))
    async with app.run_test(size=(40, 24)) as pilot:
        await pilot.pause()
        first = app.line_of("text/1")
        await pilot.mouse_down(EventDetail, offset=(8, first))
        await pilot.hover(EventDetail, offset=(10, first + 2))
        await pilot.hover(EventDetail, offset=(5, first + 3))
        await pilot.mouse_up(EventDetail, offset=(5, first + 3))
        await pilot.pause()
        selected = app.detail.selected_text
        assert selected.startswith("first\nsecond xxx")
        assert selected.endswith("x end\nthi")
        assert selected.count("\n") == 2
        assert app.screen.get_selected_text() == selected
        await pilot.press("y")
        assert app.clipboard == selected
        await pilot.click(EventDetail, offset=(5, first))
        assert app.detail.selected_text == ""


async def test_what_is_searched_for_is_marked(factory: EventFactory) -> None:
    """In any case, as plain text, over folded lines, behind wide characters."""
    app = Detail(factory.one(f"日本 a.B A.b axb {'y' * 20}a.b{'y' * 20}"))
    async with app.run_test(size=(50, 24)) as pilot:
        await pilot.pause()
        plain = app.detail.get_component_rich_style("event-detail--match").bgcolor

        def marked() -> str:
            segments = (s for y in range(24) for s in app.detail.render_line(y))
            return "".join(s.text for s in segments if s.style and s.style.bgcolor == plain)

        assert marked() == ""
        assert app.detail.find("a.b") == (1, 1)
        assert marked() == "a.BA.ba.b"
        assert app.detail.find("nothing") == app.detail.find("") == (0, 0)
        assert marked() == ""


async def test_a_row_taller_than_the_screen_is_scrolled_through(factory: EventFactory) -> None:
    """Down and up go line by line in it, and then on; nothing of it is passed over."""
    app = Detail(factory.one("x" * 900 + "\nend"))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("down", "down")
        seen = [app.detail.scroll_offset.y]
        while app.key == "text/1":
            await pilot.press("down")
            seen.append(app.detail.scroll_offset.y)
        assert app.key == "text/2"
        assert max(b - a for a, b in pairwise(seen)) == 1
        assert len(seen) > 15
        await pilot.press("up", "up", "up")
        assert app.key == "text/1"
        assert app.detail.scroll_offset.y < seen[-1]
        await pilot.press("pageup", "pageup", "pageup", "pageup")
        assert app.key == "head"
        assert app.detail.scroll_offset.y == 0


async def test_home_end_and_pages(factory: EventFactory) -> None:
    """The cursor goes along, and is always in sight."""
    app = Detail(factory.one("\n".join(f"line {n}" for n in range(50))))
    async with app.run_test(size=(60, 15)) as pilot:
        await pilot.press("pagedown")
        page = app.detail.size.height - 1
        assert app.detail.scroll_offset.y == page
        assert app.key == f"text/{page - 1}"
        await pilot.press("end")
        assert app.key == "raw"
        assert any(line.startswith(CURSOR) for line in app.rows())
        await pilot.press("home")
        assert (app.key, app.detail.scroll_offset.y) == ("head", 0)


async def test_another_event_keeps_cursor_and_folds(factory: EventFactory) -> None:
    """Where it has no such row, the cursor is on the heading, or at the top."""
    app = Detail(factory.one(TRACE))
    async with app.run_test(size=(60, 15)) as pilot:
        await _go_to(pilot, app, "fields/thread")
        place = app.line_of("fields/thread")
        app.detail.show(factory.one(TRACE.replace("main", "other")))
        await pilot.pause()
        assert (app.key, app.line_of("fields/thread")) == ("fields/thread", place)
        await pilot.press("y")
        assert app.clipboard == "other"
        app.detail.show(factory.one("no thread"))
        assert app.key == "fields"
        await pilot.press("enter")
        app.detail.show(factory.one(TRACE))
        assert app.keys("fields") == ["fields"]


async def test_lines_that_are_joined_meanwhile_are_shown(factory: EventFactory) -> None:
    """The rest of a stack trace comes a moment after its first line."""
    event = factory.one("first")
    app = Detail(event)
    async with app.run_test(size=(60, 24)) as pilot:
        assert app.keys("text/") == ["text/1"]
        event.message += "\nsecond"
        await until(pilot, lambda: len(app.keys("text/")) == 2)


async def test_only_what_is_in_sight_is_painted() -> None:
    """Of a huge message a page at a time; the whole is one widget."""
    source = Source(0, "orders", "mq", "general", "1")
    app = Detail(LogEvent(START, 0, source, 1, "\n".join(map(str, range(100_000)))))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert len(app.detail.query(Widget)) == 0
        painted = app.detail.rows_rendered
        await pilot.press("end")
        await pilot.pause()
        assert app.detail.rows_rendered - painted <= 3 * 20
        assert any("99,000 more lines" in _text(row) for row in app.detail.rows)
