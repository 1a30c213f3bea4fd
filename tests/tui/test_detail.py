"""The screen of one event: its neighbours, what it tells the log, and how it fits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

from mqtail.events import Level
from mqtail.explanations import KNOWN_LINES, explain
from mqtail.store import Store, View
from tests.tui.support import until
from tui.app import MqtailApp
from tui.pane import is_error
from tui.screens.detail import DetailScreen, neighbours
from tui.screens.help import HelpScreen
from tui.screens.save import SaveScreen
from tui.theme import THEMES
from widgets.detail.view import EventDetail
from widgets.key_line import KeyLine

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession


class Log(Screen[None]):
    """Stands for the log below; remembers what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Message] = []

    def on_detail_screen_moved(self, message: DetailScreen.Moved) -> None:
        """Remember."""
        self.told.append(message)

    def on_detail_screen_filter_wanted(self, message: DetailScreen.FilterWanted) -> None:
        """Remember."""
        self.told.append(message)


class DetailApp(App[None]):
    """Shows an event of a store over a log."""

    CSS_PATH = MqtailApp.CSS_PATH
    VERTICAL_BREAKPOINTS = MqtailApp.VERTICAL_BREAKPOINTS

    def __init__(self, session: FakeSession, *, alone: bool = False, theme: str = "mqtail") -> None:
        super().__init__()
        self.store: Store = session.store
        self.errors: View = session.store.view(is_error)
        self.log_below = Log()
        self._alone = alone
        self._theme = theme

    def get_default_screen(self) -> Screen[None]:
        """The log."""
        return self.log_below

    async def on_mount(self) -> None:
        """Show the first event of the store."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._theme
        await self.errors.refilter(is_error)
        screen = DetailScreen(self.store[0], UTC)
        if not self._alone:
            screen = DetailScreen(
                self.store[0],
                UTC,
                command=lambda: "mqtail orders -f 'x'",
                neighbour=neighbours(lambda: self.store),
                error=neighbours(lambda: self.errors),
            )
        await self.push_screen(screen)

    @property
    def detail_screen(self) -> DetailScreen:
        """The screen of the event."""
        assert isinstance(self.screen, DetailScreen)
        return self.screen

    @property
    def shown(self) -> str:
        """Message of the event that is shown."""
        return self.screen.query_one(EventDetail).log_event.message

    @property
    def said(self) -> list[str]:
        """What was notified, the newest last."""
        return [notification.message for notification in self._notifications]


@pytest.fixture
def filled(session: FakeSession) -> FakeSession:
    """Five events, the second and the last are errors."""
    texts = ["one", "two", "three", "four", "five"]
    bad = ("two", "five")
    session.store.add(
        [session.event(text, level=Level.ERROR if text in bad else Level.INFO) for text in texts]
    )
    return session


async def _press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def test_n_and_p_go_to_the_neighbours(filled: FakeSession) -> None:
    """The log is told each time; at an end that is said."""
    app = DetailApp(filled)
    async with app.run_test(size=(120, 35), notifications=True) as pilot:
        await _press(pilot, "p")
        assert app.said == ["No event further above"]
        await _press(pilot, "n", "n")
        assert app.shown == "three"
        await _press(pilot, "p")
        assert app.shown == "two"
        moved = [m.event.message for m in app.log_below.told if isinstance(m, DetailScreen.Moved)]
        assert moved == ["two", "three", "two"]
        title = app.screen.query_one(".dialog").border_title
        assert title == "orders / general / 1"


async def test_e_goes_to_the_errors(filled: FakeSession) -> None:
    """From an event that is none, too, in both directions."""
    app = DetailApp(filled)
    async with app.run_test(size=(120, 35), notifications=True) as pilot:
        await _press(pilot, "n", "n", "e")
        assert app.shown == "five"
        await _press(pilot, "e")
        assert app.said == ["No error further below"]
        await _press(pilot, "E")
        assert app.shown == "two"
        await _press(pilot, "n", "E")
        assert app.shown == "two"


def test_neighbours_of_an_event_that_is_not_shown(filled: FakeSession) -> None:
    """The next ones that are; the first and the last one end it."""
    store = filled.store
    shown = Store(10)
    shown.add([store[1], store[3]])
    find = neighbours(lambda: shown)
    assert [find(event, 1) for event in store] == [store[1], store[3], store[3], None, None]
    assert [find(event, -1) for event in store] == [None, None, store[1], store[1], store[3]]
    assert find(store[0], 2) is store[3]
    assert find(store[4], -2) is store[1]


async def test_a_field_goes_to_the_filter_of_the_log(filled: FakeSession) -> None:
    """The screen stays, and says so."""
    app = DetailApp(filled)
    async with app.run_test(size=(120, 35), notifications=True) as pilot:
        detail = app.screen.query_one(EventDetail)
        while detail.row.key != "fields/instance":
            await pilot.press("down")
        await _press(pilot, "f", "minus")
        wanted = [
            m.expression for m in app.log_below.told if isinstance(m, DetailScreen.FilterWanted)
        ]
        assert wanted == ["instance:1", "not instance:1"]
        assert app.said[-1] == "Added to the filter: not instance:1"
        assert isinstance(app.screen, DetailScreen)


async def test_the_command_is_copied_and_the_event_saved(filled: FakeSession) -> None:
    """`Y` and `s`; `?` shows the keys."""
    app = DetailApp(filled)
    async with app.run_test(size=(120, 35)) as pilot:
        await _press(pilot, "Y")
        assert app.clipboard == "mqtail orders -f 'x'"
        await _press(pilot, "s")
        assert isinstance(app.screen, SaveScreen)
        await _press(pilot, "escape")
        assert isinstance(app.screen, DetailScreen)


async def test_the_text_is_searched(session: FakeSession) -> None:
    """While it is typed; enter, down and up go on; what is typed is no command; escape ends it."""
    session.add("values:\n a = 1\n jam = 2\n b = 3\n Jam.x = [4]\n")
    app = DetailApp(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        detail, dialog = app.screen.query_one(EventDetail), app.screen.query_one(".dialog")
        visited = [(detail.row.key, dialog.border_subtitle or "")]
        for key in ("slash", *"jam", "enter", "down", "up", *"q"):
            await _press(pilot, key)
            visited.append((detail.row.key, dialog.border_subtitle or ""))
        assert visited == [
            ("head", ""),
            ("head", ""),
            *[("text/3", "match 1 of 2")] * 3,
            ("text/5", "match 2 of 2"),
            ("text/3", "match 1 of 2"),
            ("text/5", "match 2 of 2"),
            ("text/5", "no match in what is unfolded"),
        ]
        await _press(pilot, "escape", "down")
        assert (detail.row.key, dialog.border_subtitle) == ("text/6", "")
        await _press(pilot, "slash", *"jam")
        assert detail.row.key == "text/3"


async def test_help_opens_over_an_event(
    filled: FakeSession, make_app: Callable[..., MqtailApp]
) -> None:
    """And goes back to it."""
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        await _press(pilot, "up", "enter")
        assert isinstance(app.screen, DetailScreen)
        await _press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        await _press(pilot, "escape")
        assert isinstance(app.screen, DetailScreen)


async def test_an_event_alone_has_no_keys_for_others(filled: FakeSession) -> None:
    """What cannot be done is not offered."""
    app = DetailApp(filled, alone=True)
    async with app.run_test(size=(120, 35)) as pilot:
        await _press(pilot, "n", "e", "Y")
        assert (app.shown, app.clipboard) == ("one", "")
        offered = {binding.action for _, binding, _, _ in app.screen.active_bindings.values()}
        assert "copy" in offered
        assert offered.isdisjoint({"neighbour(1)", "error(1)", "copy_command"})


async def test_escape_ends_the_selection_and_then_closes(filled: FakeSession) -> None:
    """What is selected can be asked for, as ctrl+c does."""
    app = DetailApp(filled)
    async with app.run_test(size=(120, 35)) as pilot:
        await pilot.pause()
        screen = app.detail_screen
        await pilot.mouse_down(EventDetail, offset=(1, 0))
        await pilot.hover(EventDetail, offset=(4, 0))
        await pilot.mouse_up(EventDetail, offset=(4, 0))
        await pilot.pause()
        assert screen.selected_text == "2026"
        await _press(pilot, "escape")
        assert screen.selected_text == ""
        assert isinstance(app.screen, DetailScreen)
        await _press(pilot, "escape")
        assert isinstance(app.screen, Log)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
@pytest.mark.parametrize("size", [(200, 60), (120, 35), (80, 24), (60, 15)])
async def test_it_fits_every_size(filled: FakeSession, size: tuple[int, int], theme: str) -> None:
    """A dialog, and the whole screen of a small terminal; the cursor can be seen in any theme."""
    app = DetailApp(filled, theme=theme)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        width, height = app.screen.query_one(".dialog").region.size
        small = size[0] < 100
        assert width == (size[0] if small else min(140, size[0] * 9 // 10))
        assert height == (size[1] if small else size[1] * 9 // 10)
        detail = app.screen.query_one(EventDetail)
        assert detail.region.height >= 10
        assert app.screen.query_one(KeyLine).region.bottom < size[1]
        first, other = (detail.render_line(y) for y in (0, 2))
        assert first.text[0] == "▌"
        assert other.text[0] == " "
        style, plain = (list(strip)[1].style for strip in (first, other))
        assert style is not None
        assert plain is not None
        assert style.reverse or style.bgcolor != plain.bgcolor


async def test_every_explanation_is_shown(filled: FakeSession) -> None:
    """Whatever is known of lines can be laid out, as narrow as it gets."""
    app = DetailApp(filled)
    async with app.run_test(size=(60, 15)) as pilot:
        await pilot.pause()
        detail = app.screen.query_one(EventDetail)
        for lines in KNOWN_LINES.values():
            event = filled.event(lines[0].sample, instance="2")
            detail.show(event)
            explained = explain(event)
            assert explained is None or any(explained.title in row.plain for row in detail.rows)
        await until(pilot, lambda: detail.virtual_size.height > 5)
