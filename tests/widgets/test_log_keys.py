"""What the keys of the log view do to the lines that it shows."""

from __future__ import annotations

from functools import partial
from operator import is_
from typing import TYPE_CHECKING

import pytest
from rich.style import Style

from mqtail.store import Store
from tests.tui.support import until
from tests.widgets.log_views import LogApp, lines_of, texts_of, view_of
from widgets.log.header import LogHeader
from widgets.log.look import COLUMNS, Look
from widgets.log.page import BOOKMARK, CURSOR, CURSOR_AND_BOOKMARK
from widgets.log.row import MAX_LINES
from widgets.log.rules import Rule
from widgets.log.view import LogView

if TYPE_CHECKING:
    from tests.widgets.conftest import EventFactory

SIZE = (100, 23)
HEIGHT = 20
TRACE = (
    "Failed to send\n"
    "java.lang.IllegalStateException: store is full\n"
    "\tat org.apache.activemq.broker.region.Queue.send(Queue.java:719)\n"
    "\tat java.base/java.lang.Thread.run(Thread.java:829)\n"
    "Caused by: java.io.IOException: No space left on device\n"
    "\t... 12 more"
)


@pytest.fixture
def store() -> Store:
    """An empty buffer."""
    return Store(50_000)


async def test_z_unfolds_in_place_and_folds_again(store: Store, factory: EventFactory) -> None:
    """The count of further lines stays; the lines stand below, indented as they were."""
    store.add([factory.one("before"), factory.one(TRACE), factory.one("after")])
    async with LogApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view_of(pilot)
        folded = ["before", "Failed to send  ⏎ +5", "after"]
        assert texts_of(pilot) == folded
        await pilot.press("z")
        assert texts_of(pilot) == [
            "before",
            "Failed to send  ▾ +5",
            "java.lang.IllegalStateException: store is full",
            "    at org.apache.activemq.broker.region.Queue.send(Queue.java:719)",
            "    at java.base/java.lang.Thread.run(Thread.java:829)",
            "Caused by: java.io.IOException: No space left on device",
            "    ... 12 more",
            "after",
        ]
        await pilot.press("z")
        assert texts_of(pilot) == folded
        await pilot.press("up", "z")
        assert texts_of(pilot) == folded


async def test_a_trace_tells_its_lines_apart(store: Store, factory: EventFactory) -> None:
    """What was thrown, its cause, and frames of the broker stand out without colours, too."""
    store.add([factory.one(TRACE)])
    async with LogApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        await pilot.press("z")
        styles = [list(view.render_line(y))[-2].style for y in range(1, 6)]
        assert [bool(style and style.bold) for style in styles] == [True, False, False, True, False]
        assert [bool(style and style.underline) for style in styles] == [True, *[False] * 4]
        assert len({style.color for style in styles if style}) == 4


async def test_capital_z_unfolds_everything(store: Store, factory: EventFactory) -> None:
    """And folds it again, with what was unfolded alone."""
    store.add([factory.one("one\ntwo"), factory.one("three\nfour")])
    app = LogApp(store)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.pause()
        view_of(pilot)
        await pilot.press("z", "Z")
        assert texts_of(pilot) == ["one  ▾ +1", "two", "three  ▾ +1", "four"]
        await pilot.press("Z")
        assert texts_of(pilot) == ["one  ⏎ +1", "three  ⏎ +1"]
        assert app.notices == ["All events are unfolded", "All events are folded"]


async def test_what_is_unfolded_at_the_cursor_comes_into_sight(
    store: Store, factory: EventFactory
) -> None:
    """As far as the screen is high; an event that is taller begins at its top."""
    store.add([*factory.many(40), factory.one(TRACE), factory.one("y\n" * 50)])
    store.add(factory.many(2))
    async with LogApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view_of(pilot)
        await pilot.press(*["up"] * 4, "z")
        assert texts_of(pilot)[-1].strip() == "... 12 more"
        await pilot.press("down", "z")
        assert texts_of(pilot)[0] == "y  ▾ +49"


async def test_a_huge_message_is_unfolded_within_a_bound(
    store: Store, factory: EventFactory
) -> None:
    """The last line says how much more the detail has."""
    store.add([factory.one("first\n" + "x\n" * 100_000)])
    async with LogApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        await pilot.press("z")
        assert texts_of(pilot)[-1] == f"… {100_000 - MAX_LINES:,} more lines: enter shows them all"
        assert view.page == [store[0]]


async def test_w_wraps_long_lines_under_their_beginning(
    store: Store, factory: EventFactory
) -> None:
    """Nothing is lost, nothing moves sideways; w again ends it."""
    words = " ".join(f"word-{number}" for number in range(40))
    store.add([factory.one("short"), factory.one(words)])
    app = LogApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        assert len(texts_of(pilot)) == 2
        await pilot.press("right", "w")
        assert view.shift == 0
        texts = texts_of(pilot)
        assert len(texts) > 3
        assert " ".join(texts[1:]) == words
        await pilot.press("right")
        assert texts_of(pilot) == texts
        await pilot.resize_terminal(60, 23)
        await pilot.pause()
        assert " ".join(texts_of(pilot)[1:]) == words
        await pilot.press("w")
        assert len(texts_of(pilot)) == 2
        assert [look.wrap for look in app.looks] == [True, False]


async def test_only_lines_on_the_screen_are_painted_while_wrapping(
    store: Store, factory: EventFactory
) -> None:
    """Following a log of wrapped and unfolded events costs a page per frame."""
    store.add([factory.one(f"{TRACE}{'x ' * 200}") for _ in range(2_000)])
    async with LogApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        await pilot.press("w", "Z")
        for _ in range(3):
            store.add([factory.one(TRACE) for _ in range(100)])
            painted = view.rows_rendered
            view.sync()
            await pilot.pause()
            assert 0 < view.rows_rendered - painted <= HEIGHT
            assert view.follow
            assert texts_of(pilot)[-1].strip() == "... 12 more"


async def test_columns_are_left_out_and_come_back(store: Store, factory: EventFactory) -> None:
    """The header names what is shown; a key that cannot change anything says so."""
    store.add([factory.one("text")])
    app = LogApp(store)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        view.set_columns(
            targets=["orders", "clicks"],
            logs=[("general", "cloudwatch")],
            instances={("orders", "1"): 1},
        )
        await pilot.pause()
        header = app.query_one(LogHeader)
        assert header.render_line(0).text.split() == [
            *("time", "target", "#", "kind", "lvl", "message", "logger")
        ]
        assert lines_of(pilot)[0].split() == ["11:06:41.000", "orders", "1", "general", "I", "text"]
        await pilot.press("minus")
        assert app.notices == ["Column logger: left out where there is something to tell"]
        await pilot.press("minus", "minus")
        assert lines_of(pilot)[0].split() == ["11:06:41.000", "1", "I", "text"]
        assert header.render_line(0).text.split() == ["time", "#", "lvl", "message"]
        await pilot.press(*["minus"] * 4)
        assert lines_of(pilot)[0] == " text"
        assert app.notices[-1] == "No column is left"
        await pilot.press(*["plus"] * 7)
        assert view.look.columns == COLUMNS == app.looks[-1].columns
        assert app.notices[-1] == "There are no more columns"


async def test_a_look_is_taken_up_before_and_after_the_view_is_there(
    store: Store, factory: EventFactory
) -> None:
    """Set by the application it posts nothing."""
    store.add([factory.one("text")])
    app = LogApp(store)
    view = app.view
    view.look = Look(("level",))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert lines_of(pilot)[0] == "  I  text"
        view.look = Look(("level", "time"))
        assert lines_of(pilot)[0].split() == ["I", "11:06:41.000", "text"]
        assert app.looks == []


async def test_the_header_leaves_low_screens(store: Store) -> None:
    """It comes back when there is room."""
    app = LogApp(store)
    async with app.run_test(size=(100, 19)) as pilot:
        await pilot.pause()
        assert not app.query_one(LogHeader).display
        await pilot.resize_terminal(100, 20)
        await pilot.pause()
        assert app.query_one(LogHeader).display


async def test_u_tells_times_since_the_event_above_and_from_the_cursor(
    store: Store, factory: EventFactory
) -> None:
    """The oldest row and the cursor's event keep the time of day."""
    store.add([factory.one(at=at) for at in (1, 1.5, 40, 300)])
    app = LogApp(store)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        view.gap_ms = 0

        def times() -> list[str]:
            return [line.lstrip(CURSOR).split()[0] for line in lines_of(pilot)[:4]]

        await pilot.press("u")
        assert times() == ["11:06:41.000", "+0.500", "+38.500", "+4m20s"]
        await pilot.press("u")
        assert times() == ["11:06:41.000", "11:06:41.500", "11:07:20.000", "11:11:40.000"]
        assert app.notices == ["Times from the cursor's event: up or a click takes one"]
        await pilot.press("up", "up")
        assert times() == ["-39.000", "-38.500", "11:07:20.000", "+4m20s"]
        await pilot.press("up")
        assert times() == ["-0.500", "11:06:41.500", "+38.500", "+4m58s"]
        await pilot.press("u")
        assert times()[0] == "11:06:41.000"
        assert [look.time for look in app.looks] == ["since", "cursor", "clock"]


async def test_rules_and_gaps_stand_between_events(store: Store, factory: EventFactory) -> None:
    """Above the first event after them, below the newest where none follows; not where off."""
    events = [factory.one(at=at) for at in (1, 2, 300)]
    store.add(events)
    async with LogApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        view.set_rules(
            [Rule(events[1].timestamp - 1, "not read"), Rule(events[2].timestamp + 1, "ended")]
        )
        lines = [line for line in lines_of(pilot) if line]
        assert [line[:10].strip() for line in lines] == [
            *("11:06:41.", "── not re", "11:06:42.", "╌╌ 4m 58s", "11:11:40.", "── ended")
        ]
        view.gap_ms = 0
        view.set_rules([])
        assert len([line for line in lines_of(pilot) if line]) == 3


async def test_bookmarks_are_told_from_the_cursor(store: Store, factory: EventFactory) -> None:
    """Each has a mark, and both together have one of their own."""
    store.add(factory.many(4))
    async with LogApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        view.bookmarks = {2, 4}
        await pilot.press("up", "up")
        assert [line[0] for line in lines_of(pilot)[:4]] == [" ", BOOKMARK, CURSOR, BOOKMARK]
        await pilot.press("up")
        assert [line[0] for line in lines_of(pilot)[:4]] == [
            *(" ", CURSOR_AND_BOOKMARK, " ", BOOKMARK)
        ]


async def test_moves_by_the_user_are_told_and_new_events_are_not(
    store: Store, factory: EventFactory
) -> None:
    """The place is that of the cursor, or of the top event; while following there is none."""
    store.add(factory.many(100))
    app = LogApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        assert (app.moves, view.place) == (0, None)
        assert view.seen == (store[80].timestamp, store[99].timestamp)
        for count, key in enumerate(("up", "pageup", "home", "end"), 1):
            await pilot.press(key)
            assert app.moves == count
        await pilot.press("end")
        store.add(factory.many(3))
        view.sync()
        await pilot.pause()
        assert app.moves == 4
        view.align(store[50].timestamp, 4)
        await pilot.pause()
        assert (view.place, app.moves) == ((store[46].timestamp, 0), 4)
        view.go_to_time(store[48].timestamp - 1)
        await pilot.pause()
        assert (view.place, app.moves) == ((store[48].timestamp, 2), 5)
        view.go_to(store[0])
        assert view.place == (store[0].timestamp, 0)
        view.follow_newest()
        await pilot.pause()
        assert view.place is None
        assert app.moves == 6


@pytest.mark.parametrize("key", ["up", "pageup", "home"])
async def test_more_than_the_oldest_is_asked_for_at_the_top(
    store: Store, factory: EventFactory, key: str
) -> None:
    """Not on the way there; what then comes in above moves nothing."""
    store.add(factory.many(100))
    app = LogApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        await pilot.press("home")
        assert app.tops == 0
        await pilot.press(key)
        assert app.tops == 1
        store.add([factory.one(at=-number) for number in range(1, 30)])
        view.sync()
        assert view.page[0] is view.cursor is store[29]


@pytest.mark.parametrize("key", ["up", "pageup", "home"])
async def test_an_empty_view_asks_for_older_events_too(store: Store, key: str) -> None:
    """There may be some before the time that was asked for."""
    app = LogApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        view_of(pilot)
        await pilot.press(key)
        assert app.tops == 1


async def test_what_a_search_finds_in_folded_lines_is_unfolded(
    store: Store, factory: EventFactory
) -> None:
    """Before that, the count of those lines is highlighted; then the line itself."""
    store.add([factory.one(f"Failed\n{'filler line' + chr(10)}" * 30 + "a needle"), factory.one()])

    def needle(text: str) -> list[tuple[int, int]]:
        at = text.find("needle")
        return [] if at < 0 else [(at, at + 6)]

    async with LogApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        assert await view.find(partial(is_, store[0]), forward=False)

        def marked() -> list[str]:
            strips = [view.render_line(y) for y in range(HEIGHT)]
            return [part.text for strip in strips for part in strip if _is_marked(part.style)]

        assert marked() == []
        view.set_highlights(searched=needle)
        assert marked() == ["⏎ +60"]
        view.reveal()
        assert marked() == ["needle"]
        assert view.cursor is store[0]


async def test_what_a_search_finds_in_a_wrapped_line_comes_into_sight(
    store: Store, factory: EventFactory
) -> None:
    """In whichever of its lines it is."""
    store.add([*factory.many(30), factory.one("x " * 900 + "needle"), *factory.many(30)])
    async with LogApp(store).run_test(size=(60, 15)) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        view.set_highlights(searched=lambda text: [(1800, 1806)] if len(text) > 1000 else [])
        await pilot.press("w")
        assert await view.find(partial(is_, store[30]), forward=False)
        view.reveal()
        assert any(line.endswith("needle") for line in lines_of(pilot))


async def test_the_scrollbar_reaches_the_end_of_tall_events(
    store: Store, factory: EventFactory
) -> None:
    """Its last place is the last page, and each place before shows that event at the top."""
    store.add([factory.one("x\n" * 15) for _ in range(30)])
    async with LogApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        await pilot.press("Z")
        assert view.scroll_offset.y == view.max_scroll_y == 28
        view.scroll_to(y=10)
        assert view.page[0] is store[10]
        assert texts_of(pilot)[0] == "x  ▾ +14"
        view.scroll_end(animate=False, immediate=True)
        await pilot.pause()
        assert view.follow
        view.scroll_page_up()
        assert view.page[-1] is store[28]


async def test_a_hidden_view_does_nothing_until_it_is_seen(
    store: Store, factory: EventFactory
) -> None:
    """Then it shows what came in the meantime at once."""
    store.add(factory.many(10))
    app = LogApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        view, other = app.view, LogView(store)
        await app.mount(other)
        view.display = False
        await pilot.pause()
        before = view.syncs
        for _ in range(2):
            store.add(factory.many(1))
            await until(pilot, lambda: other.page[-1] is store[-1])
        assert view.syncs == before
        view.display = True
        await until(pilot, lambda: view.page[-1] is store[-1])


async def test_another_theme_shows_in_every_line(store: Store, factory: EventFactory) -> None:
    """Also in those that were painted before."""
    store.add(factory.many(3))
    app = LogApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()

        def color() -> object:
            styles = [part.style for part in app.view.render_line(1) if "event" in part.text]
            return styles[0].color if styles[0] else None

        dark = color()
        app.theme = "textual-light"
        await until(pilot, lambda: color() != dark)


def _is_marked(style: object) -> bool:
    """Whether a style is that of a match of the search."""
    return isinstance(style, Style) and style.bgcolor is not None and bool(style.bold)
