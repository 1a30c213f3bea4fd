"""The log view paints what can be seen, and nothing else."""

from __future__ import annotations

from functools import partial
from operator import is_
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.scrollbar import ScrollBar

from mqtail.events import Level, LogEvent, Source
from mqtail.store import Store
from tests.tui.support import until
from widgets.log.view import CURSOR, LogView

if TYPE_CHECKING:
    from tests.widgets.conftest import EventFactory

SIZE = (100, 20)
CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"


class CountingView(LogView):
    """A log view that counts the refreshes asked of it."""

    refreshes = 0
    layouts = 0

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> CountingView:
        """Count, and do."""
        self.refreshes += 1
        self.layouts += layout
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self


class ViewApp(App[None]):
    """A log view on its own."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.opened: list[LogEvent] = []

    def compose(self) -> ComposeResult:
        """The view."""
        yield CountingView(self.store)

    def on_log_view_event_opened(self, message: LogView.EventOpened) -> None:
        """Remember."""
        self.opened.append(message.event)


def _view(pilot: Pilot[None]) -> CountingView:
    return pilot.app.query_one(CountingView)


def _lines(pilot: Pilot[None]) -> list[str]:
    """What the rows show."""
    view = _view(pilot)
    view.sync()
    return [strip.text.rstrip() for strip in view.render_lines(Region(0, 0, *view.size))]


@pytest.fixture
def store() -> Store:
    """An empty buffer."""
    return Store(50_000)


async def test_only_visible_rows_are_painted(store: Store, factory: EventFactory) -> None:
    """However many events there are, a sync paints one page and refreshes once."""
    store.add(factory.many(20_000))
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = _view(pilot)
        layouts = view.layouts
        for _ in range(3):
            painted, refreshed, synced = view.rows_rendered, view.refreshes, view.syncs
            store.add(factory.many(500))
            view.sync()
            assert view.refreshes - refreshed == 1
            assert view.syncs - synced == 1
            await pilot.pause()
            assert 0 < view.rows_rendered - painted <= SIZE[1]
            assert view.page == store[-SIZE[1] :]
        assert view.layouts == layouts
        assert view.scroll_offset.y == len(store) - SIZE[1] == view.max_scroll_y


async def test_the_scroll_bar_is_painted_only_where_its_thumb_moves(
    store: Store, factory: EventFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a full log is followed it does not move; it always is where it belongs."""
    asked = 0
    refresh = ScrollBar.refresh

    def counted(self: ScrollBar, *regions: Region, **options: bool) -> ScrollBar:
        nonlocal asked
        asked += 1
        return refresh(self, *regions, **options)

    store.add(factory.many(20_000))
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view, bar = _view(pilot), _view(pilot).vertical_scrollbar
        whole = Region(0, 0, *bar.size)
        monkeypatch.setattr(ScrollBar, "refresh", counted)
        for _ in range(20):
            store.add(factory.many(20))
            view.sync()
        assert not asked
        for keys in ("home", "pagedown", "end", "up"):
            await pilot.press(keys)
            await pilot.pause()
            store.add(factory.many(15_000))
            view.sync()
            await pilot.pause()
            painted = bar.render_lines(whole)
            refresh(bar)
            assert bar.render_lines(whole) == painted
            assert bar.position == view.scroll_offset.y
        assert asked


async def test_nothing_is_painted_while_nothing_changes(
    store: Store, factory: EventFactory
) -> None:
    """A sync without news costs no refresh."""
    store.add(factory.many(10))
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        _view(pilot).sync()
        refreshed = _view(pilot).refreshes
        _view(pilot).sync()
        assert _view(pilot).refreshes == refreshed


async def test_hostile_text_is_shown_and_not_obeyed(store: Store, factory: EventFactory) -> None:
    """Escape sequences, markup and control characters are text."""
    store.add(
        [
            factory.one("\x1b[2J\x1b]0;owned\x07 \x9b31m"),
            factory.one("[bold red]markup[/] [@click=app.quit]x[/]"),
            factory.one("nul\x00 tab\there \u202eevil"),
        ]
    )
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        lines = _lines(pilot)
        assert "␛[2J␛]0;owned␇" in lines[0]
        assert "[bold red]markup[/] [@click=app.quit]x[/]" in lines[1]
        assert "nul␀" in lines[2]
        assert all(line.isprintable() for line in lines)


async def test_a_very_long_message_is_cut(store: Store, factory: EventFactory) -> None:
    """A megabyte in one line costs no more than its beginning."""
    store.add([factory.one("x" * 1_000_000)])
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        assert _lines(pilot)[0].endswith("x›")
        _view(pilot).action_shift(200)
        assert 1_900 < _view(pilot).shift < 2_010
        assert "‹" in _lines(pilot)[0]


async def test_lines_move_sideways_and_back(store: Store, factory: EventFactory) -> None:
    """The columns before the text stand still."""
    store.add([factory.one("0123456789" * 20)])
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        before = _lines(pilot)[0]
        await pilot.press("right")
        after = _lines(pilot)[0]
        assert after[:12] == before[:12]
        assert "‹789012" in after
        await pilot.press("left", "left")
        assert _lines(pilot)[0] == before
        for key in ("home", "end"):
            await pilot.press("right", key)
            assert _view(pilot).shift == 0


async def test_the_row_with_the_cursor_has_a_mark(store: Store, factory: EventFactory) -> None:
    """It can be told without colours, too."""
    store.add(factory.many(5))
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        assert not any(line.startswith(CURSOR) for line in _lines(pilot))
        await pilot.press("up", "up")
        assert [line.startswith(CURSOR) for line in _lines(pilot)[:5]] == [
            *[False] * 3,
            True,
            False,
        ]


async def test_what_a_search_found_comes_into_sight(store: Store, factory: EventFactory) -> None:
    """A long line moves sideways as far as needed, and back where it is not."""
    store.add([factory.one("needle here"), factory.one("x" * 300 + " needle " + "y" * 300)])
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        view = _view(pilot)
        view.set_highlights(
            searched=lambda text: [(text.index("needle"), text.index("needle") + 6)]
        )
        for row, far in ((1, True), (0, False)):
            assert await view.find(partial(is_, store[row]), forward=False)
            view.reveal()
            assert "needle" in _lines(pilot)[row]
            assert (view.shift > 0) is far


async def test_wide_characters_never_break_the_columns(store: Store, factory: EventFactory) -> None:
    """Each row is as wide as the view wherever a character of two cells is cut."""
    store.add([factory.one("日本語のメッセージ🚀" * 20), factory.one("a" + "🚀" * 200)])
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        view = _view(pilot)
        await pilot.press("up")
        for view.shift in range(40):
            for strip in view.render_lines(Region(0, 0, *view.size))[:2]:
                assert sum(cell_len(part.text) for part in strip) == view.size.width


async def test_a_click_into_the_scrollbar_does_not_glide(
    store: Store, factory: EventFactory
) -> None:
    """Rows may move while an animation runs: a page is turned at once."""
    store.add(factory.many(200))
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        view = _view(pilot)
        await pilot.pause()
        view.scroll_page_up()
        assert view.page[0] is store[200 - 2 * SIZE[1]]
        assert not view.follow


async def test_a_click_takes_the_row_and_a_double_click_opens_it(
    store: Store, factory: EventFactory
) -> None:
    """The mouse does what the keys do."""
    store.add(factory.many(100))
    app = ViewApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.click(CountingView, offset=(30, 5))
        view = _view(pilot)
        assert view.cursor is store[85]
        assert not view.follow
        await pilot.click(CountingView, offset=(30, 5), times=2)
        await until(pilot, lambda: bool(app.opened))
        assert app.opened == [store[85]]


async def test_the_wheel_leaves_following_and_comes_back(
    store: Store, factory: EventFactory
) -> None:
    """Any upward scroll by the user ends following."""
    store.add(factory.many(100))
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        await pilot.pause()
        view = _view(pilot)
        view.scroll_relative(y=-3, animate=False, immediate=True)
        assert not view.follow
        store.add(factory.many(10))
        view.sync()
        assert view.waiting == 10
        assert view.page[0] is store[77]
        view.scroll_end(animate=False, immediate=True)
        await pilot.pause()
        assert view.follow


async def test_another_size_keeps_the_newest_or_the_place(
    store: Store, factory: EventFactory
) -> None:
    """Following stays at the end; the event at the top stays there otherwise."""
    store.add(factory.many(100))
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        view = _view(pilot)
        await pilot.resize_terminal(80, 40)
        await pilot.pause()
        assert view.follow
        assert view.page == store[-40:]
        view.scroll_to(y=20, animate=False, immediate=True)
        await pilot.resize_terminal(80, 10)
        await pilot.pause()
        assert not view.follow
        assert view.page == store[20:30]


async def test_grown_events_are_painted_anew(store: Store, factory: EventFactory) -> None:
    """Lines joined to an event show at once in its count of further lines."""
    event = factory.one("first")
    store.add([event])
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        assert "⏎" not in _lines(pilot)[0]
        event.message += "\n\tat x\n\tat y"
        event.joined += 2
        store.grown([event])
        assert "⏎ +2" in _lines(pilot)[0]


async def test_columns_fit_what_there_is(store: Store, factory: EventFactory) -> None:
    """The target is shown where there are several, the instance by its number."""
    node = Source(1, "payments", "mq", "general", "rabbit@b")
    store.add([factory.one("one"), factory.one("two", source=node, level=Level.ERROR, late=True)])
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        _view(pilot).set_columns(
            targets=["orders", "payments"],
            logs=[("general", "cloudwatch")],
            instances={("orders", "1"): 1, ("payments", "rabbit@b"): 2},
        )
        one, two = _lines(pilot)[:2]
        assert one.split() == ["11:06:41.000", "orders", "1", "general", "I", "one"]
        assert two.split() == ["11:06:42.000", "payments", "2", "general", "E", "+20s", "two"]


async def test_the_day_is_shown_where_there_are_several(
    store: Store, factory: EventFactory
) -> None:
    """A time alone would be ambiguous."""
    store.add([factory.one("today"), factory.one("yesterday", at=-86_400)])
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        assert _lines(pilot)[0].startswith(" 11-17 11:06:40.000")


async def test_an_empty_view_says_why(store: Store) -> None:
    """The placeholder stands in the middle, as text."""
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        _view(pilot).placeholder = ("Nothing [b]here[/b]", "press \x1b")
        lines = _lines(pilot)
        assert "Nothing [b]here[/b]" in lines[9]
        assert "press ␛" in lines[10]


async def test_highlights_are_on_the_found_text(store: Store, factory: EventFactory) -> None:
    """Exactly the spans that were found have the style of a match."""
    store.add([factory.one("a timeout here")])
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        view = _view(pilot)
        view.sync()
        view.set_highlights(filtered=lambda text: [(2, 9)])
        strip = view.render_lines(Region(0, 0, *view.size))[0]
        marked = [part.text for part in strip if part.style and part.style.underline]
        assert marked == ["timeout"]


@pytest.mark.skipif(not CORPORA.exists(), reason="no logs to try")
async def test_every_line_of_real_logs_can_be_painted(store: Store, factory: EventFactory) -> None:
    """Nothing that brokers wrote breaks a row or gets out of it."""
    files = sorted(CORPORA.glob("*/active*.log")) + sorted(CORPORA.glob("cloudtrail/*.json"))
    files += sorted((CORPORA / "rabbitmq").rglob("*.log")) + sorted(
        (CORPORA / "kafka").rglob("*.log")
    )
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        store.add([factory.one(line) for line in text.split("\n")[:400]])
    async with ViewApp(store).run_test(size=SIZE) as pilot:
        view = _view(pilot)
        await pilot.press("home")
        while not view.follow:
            for strip in view.render_lines(Region(0, 0, *view.size)):
                assert strip.text.isprintable()
                assert strip.cell_length == SIZE[0] or strip.cell_length == view.size.width
            view.scroll_relative(y=SIZE[1], animate=False, immediate=True)
