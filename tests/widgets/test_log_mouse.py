"""What the mouse does in the log view: select, unfold, scroll, open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.pilot import Pilot

from mqtail.store import Store
from tests.tui.support import until
from tests.widgets.log_views import LogApp, lines_of, texts_of, view_of
from widgets.log.view import LogView

if TYPE_CHECKING:
    from tests.widgets.conftest import EventFactory

SIZE = (80, 23)
HEAD = 19
"""Cells before the text."""
TOP = 1
"""Lines of the screen above the log."""


@pytest.fixture
def store() -> Store:
    """An empty buffer."""
    return Store(50_000)


async def _drag(pilot: Pilot[None], *places: tuple[int, int], release: bool = True) -> None:
    """Press the mouse at a place (cell, line) of the log and draw it over others."""
    spots = [(x, y + TOP) for x, y in places]
    await pilot.mouse_down(offset=spots[0])
    for spot in spots[1:]:
        await pilot.hover(offset=spot)
    if release:
        await pilot.mouse_up(offset=spots[-1])


async def _ready(pilot: Pilot[None]) -> LogView:
    await pilot.pause()
    view = view_of(pilot)
    view.gap_ms = 0
    head = sum(width for _, width in view.titles[:-1])
    assert head == HEAD
    return view


async def test_text_is_selected_from_cell_to_cell(store: Store, factory: EventFactory) -> None:
    """Columns and counts are left out; the view stands still; y copies what is selected."""
    store.add([factory.one("first line here"), factory.one("a\nb", late=True), factory.one("last")])
    app = LogApp(store)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        view = await _ready(pilot)
        await _drag(pilot, (HEAD + 6, 0), (HEAD + 2, 1), (HEAD + 1, 2))
        assert view.selected_text == "line here\na\nla"
        assert not view.follow
        await pilot.press("y")
        assert app.clipboard == "line here\na\nla"
        assert app.notices == ["Copied 3 lines"]
        await _drag(pilot, (HEAD + 8, 0), (HEAD + 6, 0))
        assert view.selected_text == "lin"


async def test_a_drag_that_begins_in_the_columns_takes_whole_lines(
    store: Store, factory: EventFactory
) -> None:
    """With the columns, as they are shown."""
    store.add([factory.one("one"), factory.one("two")])
    async with LogApp(store).run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await _drag(pilot, (3, 0), (HEAD, 1))
        assert view.selected_text.split("\n") == lines_of(pilot)[:2]


async def test_a_selection_stays_on_its_text(store: Store, factory: EventFactory) -> None:
    """While rows move, lines are wrapped, and others are unfolded."""
    store.add([factory.one("x\ny"), factory.one("the quick brown fox " * 8), factory.one("end")])
    async with LogApp(store).run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await _drag(pilot, (HEAD + 4, 1), (HEAD + 24, 1))
        selected = "quick brown fox the q"
        assert view.selected_text == selected

        def marked() -> str:
            background = view.get_component_rich_style("log-view--selection").bgcolor
            strips = [view.render_line(y) for y in range(view.size.height)]
            return "".join(
                part.text
                for strip in strips
                for part in strip
                if part.style and part.style.bgcolor == background
            )

        assert marked() == selected
        store.add([*factory.many(100), factory.one(at=0.5)])
        view.sync()
        assert marked() == selected
        await pilot.press("w", "Z")
        assert marked() == selected == view.selected_text
        view.follow_newest()
        assert (marked(), view.selected_text) == ("", selected)


async def test_wrapped_lines_are_copied_as_one(store: Store, factory: EventFactory) -> None:
    """A line break stands only where the log has one."""
    long = "-".join(f"part{number}" for number in range(20))
    store.add([factory.one(f"{long}\nsecond line"), factory.one("next")])
    async with LogApp(store).run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await pilot.press("w", "Z")
        below = texts_of(pilot).index("next")
        assert below > 2
        await _drag(pilot, (HEAD, 0), (HEAD + 3, below))
        assert view.selected_text == f"{long}\nsecond line\nnext"


@pytest.mark.parametrize("how", ["escape", "click"])
async def test_a_selection_ends(store: Store, factory: EventFactory, how: str) -> None:
    """By escape or a click; without one, escape belongs to the screen."""
    store.add(factory.many(5))
    async with LogApp(store).run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        assert not view.check_action("end_selection", ())
        await _drag(pilot, (HEAD, 0), (HEAD + 3, 2))
        assert view.selected_text
        assert view.cursor is None
        if how == "escape":
            await pilot.press("escape")
        else:
            await pilot.click(offset=(HEAD, TOP))
        assert view.selected_text == ""


async def test_a_drag_over_the_edge_scrolls(store: Store, factory: EventFactory) -> None:
    """For as long as the mouse is held there; new events do not move what is selected."""
    store.add(factory.many(50))
    async with LogApp(store).run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await _drag(pilot, (HEAD, 10), (HEAD, -1), release=False)
        await until(pilot, lambda: view.page[0] is store[0])
        store.add(factory.many(3))
        assert view.selected_text.split("\n")[0] == "event 1"
        await pilot.hover(offset=(HEAD + 7, 22))
        await until(pilot, lambda: view.page[-1] is store[-1])
        await pilot.mouse_up(offset=(HEAD + 7, 22))
        lines = view.selected_text.split("\n")
        assert (lines[0], lines[-1]) == ("event 41", "event 53")
        assert not view.follow


async def test_a_selection_that_was_dropped_in_part(store: Store, factory: EventFactory) -> None:
    """What is left of it can still be copied."""
    store = Store(100)
    store.add(factory.many(100))
    async with LogApp(store).run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await pilot.press("home")
        await _drag(pilot, (HEAD, 0), (HEAD + 7, 5))
        store.add(factory.many(3))
        view.sync()
        assert view.selected_text.split("\n")[-1] == "event 6"
        store.add(factory.many(100))
        view.sync()
        assert view.selected_text == ""


async def test_three_clicks_select_a_line_and_open_nothing(
    store: Store, factory: EventFactory
) -> None:
    """The whole line of the log, however it is wrapped."""
    text = "word " * 30
    store.add([factory.one(text)])
    app = LogApp(store)
    async with app.run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await pilot.press("w")
        await pilot.click(offset=(HEAD + 2, TOP + 1), times=3)
        assert view.selected_text == text.strip()
        assert app.opened == []
        await pilot.click(offset=(HEAD + 2, TOP + 1), times=2)
        await until(pilot, lambda: app.opened == [store[0]])


async def test_a_click_on_the_count_unfolds(store: Store, factory: EventFactory) -> None:
    """And on it again folds; a click elsewhere only takes the event."""
    store.add([factory.one("first\nsecond"), factory.one("third")])
    async with LogApp(store).run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await pilot.click(offset=(HEAD + 8, TOP))
        assert texts_of(pilot) == ["first  ▾ +1", "second", "third"]
        assert view.cursor is store[0]
        await pilot.click(offset=(HEAD + 2, TOP + 2))
        assert view.cursor is store[1]
        await pilot.click(offset=(HEAD + 8, TOP))
        assert texts_of(pilot) == ["first  ⏎ +1", "third"]


async def test_the_wheel_moves_by_lines_and_asks_for_more_at_the_top(
    store: Store, factory: EventFactory
) -> None:
    """Through the lines of a tall event, too; down at the end it follows again."""
    store.add([factory.one("x\n" * 30), *factory.many(5)])
    app = LogApp(store)
    async with app.run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await pilot.press("Z")
        top = texts_of(pilot)
        await pilot._post_mouse_events([events.MouseScrollUp], offset=(30, 5))
        assert not view.follow
        assert texts_of(pilot)[2:] == top[:-2]
        for _ in range(10):
            await pilot._post_mouse_events([events.MouseScrollUp], offset=(30, 5))
        assert texts_of(pilot)[0] == "x  ▾ +29"
        assert app.tops > 0
        for _ in range(10):
            await pilot._post_mouse_events([events.MouseScrollDown], offset=(30, 5))
        assert view.follow


async def test_the_wheel_moves_sideways_with_shift(store: Store, factory: EventFactory) -> None:
    """As it does in other programs."""
    store.add([factory.one("x" * 200)])
    async with LogApp(store).run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await pilot._post_mouse_events([events.MouseScrollDown], offset=(30, 5), shift=True)
        assert view.shift > 0
        await pilot._post_mouse_events([events.MouseScrollUp], offset=(30, 5), shift=True)
        assert view.shift == 0


async def test_a_selection_can_be_seen_without_colors(
    store: Store, factory: EventFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reversed."""
    monkeypatch.setenv("NO_COLOR", "1")
    store.add(factory.many(3))
    async with LogApp(store).run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await _drag(pilot, (HEAD, 1), (HEAD + 4, 1))
        lines_of(pilot)
        parts = [part for part in view.render_line(1) if part.style and part.style.reverse]
        assert [part.text for part in parts] == ["event"]


async def test_a_selection_can_be_told_from_a_reversed_cursor(
    store: Store, factory: EventFactory
) -> None:
    """In the terminal's own colours the row with the cursor is reversed."""
    store.add(factory.many(3))
    app = LogApp(store)
    app.theme = "ansi-dark"
    async with app.run_test(size=SIZE) as pilot:
        view = await _ready(pilot)
        await pilot.press("up", "up")
        await _drag(pilot, (HEAD, 0), (HEAD + 4, 1))
        lines_of(pilot)
        reversed_parts = [
            "".join(part.text for part in view.render_line(y) if part.style and part.style.reverse)
            for y in range(2)
        ]
        assert reversed_parts[0] == "event 1"
        assert "event" not in reversed_parts[1]
        assert "11:06:42" in reversed_parts[1]
