"""The smaller widgets, each on its own."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from textual import events
from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import Static

from mqtail.errors import FilterError
from mqtail.events import Level, LogEvent, Source
from mqtail.status import ReaderStatus, State, StreamStatus
from widgets.event_detail import EventDetail, event_fields, message_text
from widgets.filter_bar import FilterBar
from widgets.instances import number_instances
from widgets.source_nodes import source_nodes
from widgets.source_tree import SourceTree
from widgets.status_line import Status, StatusLine, overall

if TYPE_CHECKING:
    from tests.widgets.conftest import EventFactory

NOW = 1_795_000_000_000


class OneWidget(App[None]):
    """A widget alone on the screen; remembers the messages of interest."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.toggled: list[tuple[str, ...]] = []
        self.typed: list[str] = []
        self.closed: list[bool] = []

    def compose(self) -> ComposeResult:
        """The widget."""
        yield self.widget

    def on_source_tree_toggled(self, message: SourceTree.Toggled) -> None:
        """Remember."""
        self.toggled.append(message.path)

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        """Remember."""
        self.typed.append(message.text)

    def on_filter_bar_closed(self, message: FilterBar.Closed) -> None:
        """Remember."""
        self.closed.append(message.kept)

    def rows(self) -> list[str]:
        """What the widget shows."""
        height = self.widget.size.height
        return [self.widget.render_line(y).text.rstrip() for y in range(height)]


def _reader(target: str, kind: str = "general", *instances: str) -> ReaderStatus:
    reader = ReaderStatus(target, "mq", kind, f"/{target}/{kind}", State.LIVE)
    for number, instance in enumerate(instances):
        source = Source(number, target, "mq", kind, instance)
        stream = StreamStatus(source, events=10, errors=number, newest=NOW - 3_000)
        reader.streams[f"{instance}.log"] = stream
    return reader


def test_rabbitmq_nodes_are_numbered_by_name() -> None:
    """ActiveMQ instances have their own numbers."""
    sources = [
        Source(0, "r", "mq", "general", "rabbit@b"),
        Source(1, "r", "mq", "general", "rabbit@a"),
        Source(2, "a", "mq", "general", "2"),
        Source(3, "a", "mq", "general", None),
    ]
    assert number_instances(sources) == {
        ("r", "rabbit@a"): 1,
        ("r", "rabbit@b"): 2,
        ("a", "2"): 2,
    }


async def test_the_tree_shows_state_counts_and_age() -> None:
    """Mark, name, errors, count, age; in words where something is wrong; a mark where it is off."""
    readers = [_reader("orders", "general", "1", "2"), _reader("orders", "audit")]
    readers[1].state = State.FAILING
    nodes = source_nodes(readers, {}, lambda path: path != ("orders", "general", "2"))
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 10)) as pilot:
        tree.update_sources(nodes, NOW)
        await pilot.pause()
        rows = [row.split() for row in app.rows()[:5]]
        assert [row[-3:] for row in rows] == [
            ["!1", "20", "failing"],
            ["!1", "20", "3s"],
            ["1", "10", "3s"],
            ["!1", "10", "3s"],
            ["audit", "0", "failing"],
        ]
        assert "✖" in rows[0]
        assert "●" in rows[2]
        assert "○" in rows[3]


async def test_the_tree_is_updated_in_place() -> None:
    """New instances come in order, folded parts stay folded, the cursor stays."""
    reader = _reader("orders", "general", "2")
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 10)) as pilot:

        async def update(now: int) -> list[str]:
            tree.update_sources(source_nodes([reader], {}, lambda path: True), now)
            await pilot.pause()
            return [row for row in app.rows() if row]

        await update(NOW)
        reader.streams["1.log"] = StreamStatus(Source(5, "orders", "mq", "general", "1"))
        rows = await update(NOW + 60_000)
        assert [row.split()[-3] for row in rows[2:]] == ["1", "2"]
        assert rows[3].endswith("10  1m")
        await pilot.press("down", "down", "left")
        assert len(await update(NOW + 120_000)) == 2


async def test_choosing_a_node_tells_its_path() -> None:
    """By key and by mouse."""
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 10)) as pilot:
        tree.update_sources(source_nodes([_reader("o", "general", "1")], {}, lambda path: True), 0)
        await pilot.press("down", "space", "down", "enter")
        await pilot.click(SourceTree, offset=(12, 2))
        await pilot.pause()
        assert app.toggled == [("o",), ("o", "general"), ("o", "general", "1")]


async def test_two_hundred_log_groups_repaint_only_what_is_in_sight() -> None:
    """An update of the tree costs what can be seen."""
    readers = [_reader(f"t{number}", "general", "1") for number in range(200)]
    tree = SourceTree()
    async with OneWidget(tree).run_test(size=(44, 10)) as pilot:
        tree.update_sources(source_nodes(readers, {}, lambda path: True), NOW)
        await pilot.pause()
        labels = 0
        render_label = tree.render_label

        def counted(*args: object) -> object:
            nonlocal labels
            labels += 1
            return render_label(*args)  # type: ignore[arg-type]

        tree.render_label = counted  # type: ignore[method-assign, assignment]
        tree.update_sources(source_nodes(readers, {}, lambda path: True), NOW + 60_000)
        await pilot.pause()
        assert 0 < labels <= 20


async def test_the_filter_bar_reports_changes_and_undo() -> None:
    """Each change is told; escape brings back what was there before."""
    bar = FilterBar("level>=warn")
    app = OneWidget(bar)
    async with app.run_test() as pilot:
        bar.edit()
        await pilot.press("space", "x")
        await pilot.pause()
        assert app.typed[-1] == "level>=warn x"
        await pilot.press("escape")
        await pilot.pause()
        assert app.typed[-1] == bar.text == "level>=warn"
        bar.edit()
        await pilot.press("space", "y", "enter")
        await pilot.pause()
        assert app.closed == [False, True]
        assert bar.text == "level>=warn y"


async def test_earlier_texts_of_the_filter_bar_can_be_brought_back() -> None:
    """Up goes through what was kept, taken back and cleared; down comes back to the draft."""
    bar = FilterBar("first")
    app = OneWidget(bar)
    async with app.run_test() as pilot:
        bar.edit(anew=True)
        await pilot.press(*"second", "enter")
        bar.edit()
        await pilot.press("X", "escape")
        assert bar.text == "second"
        bar.clear()
        bar.edit()
        await pilot.press(*"dr")
        texts = []
        for key in ("up", "up", "up", "up", "down", "down", "down"):
            await pilot.press(key)
            texts.append(bar.text)
        assert texts == ["second", "secondX", "first", "first", "secondX", "second", "dr"]
        await pilot.press("down")
        await pilot.pause()
        assert app.closed[-1] is True
        assert bar.text == "dr"


async def test_a_recalled_text_that_is_changed_is_a_new_draft() -> None:
    """Up begins with the newest again."""
    bar = FilterBar()
    async with OneWidget(bar).run_test() as pilot:
        for word in ("one", "two"):
            bar.edit(anew=True)
            await pilot.press(*word, "enter")
        bar.edit()
        await pilot.press("up", "x")
        await pilot.pause()
        await pilot.press("up")
        assert bar.text == "two"


async def test_undo_survives_that_the_window_was_left_for_a_moment() -> None:
    """The text before editing stays the one from before, though the focus came back anew."""
    bar = FilterBar("good")
    app = OneWidget(bar)
    async with app.run_test() as pilot:
        bar.edit()
        await pilot.press("x")
        app.post_message(events.AppBlur())
        await pilot.pause()
        app.post_message(events.AppFocus())
        await pilot.pause()
        await pilot.press("escape")
        assert bar.text == "good"


async def test_the_filter_bar_points_at_the_error() -> None:
    """The pointer stands under the column; markup in the message is text."""
    bar = FilterBar("level>=[x]", label="filter")
    async with OneWidget(bar).run_test(size=(80, 5)) as pilot:
        bar.show_error(FilterError(8, "[x] is no level"))
        await pilot.pause()
        error = str(bar.query_one(".filter-bar--error", Static).render())
        assert error == f"{' ' * 14}▲ column 8: [x] is no level"
        assert bar.size.height == 2
        bar.show_error(None)
        await pilot.pause()
        assert bar.size.height == 1


async def test_the_filter_bar_counts() -> None:
    """What passes, of how many."""
    bar = FilterBar()
    async with OneWidget(bar).run_test():
        label = bar.query_one(".filter-bar--count", Static)
        bar.show_count(1_234, 45_678)
        assert str(label.render()) == "1,234 of 45,678"
        bar.show_count(45_678, 45_678)
        assert str(label.render()) == "45,678"


async def test_the_status_line_leaves_out_what_does_not_fit() -> None:
    """The state and the reason come before the figures."""
    line = StatusLine()
    app = OneWidget(line)
    async with app.run_test(size=(60, 1)):
        facts = ("45,678 events", "120/s", "3 late")
        line.status = Status("live", "●", "good", facts=facts)
        row = app.rows()[0]
        assert row.startswith(" ● LIVE ")
        assert row.endswith("45,678 events · 120/s · 3 late")
        reason = "orders audit: \x1b[31m[b]denied[/b] and a long explanation of it"
        line.status = Status("failing", "✖", "bad", reason, facts=facts)
        row = app.rows()[0]
        assert row.startswith(" ✖ FAILING   orders audit: ␛[31m[b]")
        assert "…" in row
        assert len(row) <= 60


async def test_the_status_line_never_hides_that_something_is_left_out() -> None:
    """A condition that does not fit is cut with a mark, and not dropped."""
    line = StatusLine()
    app = OneWidget(line)
    async with app.run_test(size=(40, 1)):
        line.status = Status(
            hints=("↓ 12 new · end follows",), filters=("only instance 1", "≥ error")
        )
        assert app.rows()[0] == " ◌ STARTING   ↓ 12 new · end follows  o…"


def test_the_end_is_said_also_where_something_failed() -> None:
    """Nobody waits for more from a session that has ended."""
    readers = [_reader("a"), _reader("b")]
    readers[0].state = readers[1].state = State.ENDED
    assert overall(readers, "ended")[:2] == (State.ENDED, "ended")
    readers[1].state, readers[1].reason = State.FAILING, "denied"
    assert overall(readers, "ended") == (
        State.FAILING,
        "ended, failing 1 of 2",
        "b general: denied",
    )
    readers[1].state, readers[1].reason = State.WAITING, "there is no such log group"
    assert overall(readers, "ended") == (
        State.ENDED,
        "ended",
        "b general: there is no such log group",
    )


def test_the_worst_reader_speaks_for_all() -> None:
    """Trouble comes before history, history before live."""
    readers = [_reader("a"), _reader("b")]
    assert overall(readers, "reading")[:2] == (State.LIVE, "live")
    readers[0].state = State.HISTORY
    assert overall(readers, "reading")[:2] == (State.HISTORY, "reading history")
    readers[1].state, readers[1].reason = State.THROTTLED, "too many requests"
    assert overall(readers, "reading") == (
        State.THROTTLED,
        "throttled 1 of 2",
        "b general: too many requests",
    )
    assert overall([], "signing in")[:2] == (State.STARTING, "signing in")
    assert overall([_reader("a")], "ended")[:2] == (State.ENDED, "ended")


def test_the_detail_has_every_field(factory: EventFactory) -> None:
    """Times, place, what was parsed, and where it came from."""
    message = (
        "2026-11-18 11:05:00,200 | ERROR | Could not accept | org.x.Acceptor | main\n\tat org.x.A"
    )
    event = factory.one(message, level=Level.ERROR, late=True)
    event.event_id = "id-1"
    fields = dict(event_fields(event, UTC))
    assert fields["time"] == "2026-11-18 11:06:41.000 +00:00"
    assert fields["ingested"].endswith("(20.0 s later)")
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
