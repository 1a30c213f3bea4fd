"""Every key of the main screen does what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from mqtail.events import Level
from mqtail.settings import Settings
from tests.tui.support import until
from tui.app import MqtailApp
from tui.screens.detail import DetailScreen
from tui.screens.help import HelpScreen
from tui.screens.main import MainScreen
from widgets.filter.bar import FilterBar
from widgets.log.view import LogView
from widgets.sources.tree import SourceTree
from widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession

MakeApp = Callable[..., MqtailApp]


def _at(pilot: Pilot[None]) -> str:
    """The message of the event that the cursor is on."""
    cursor = _log(pilot).cursor
    return cursor.message if cursor else ""


def _log(pilot: Pilot[None]) -> LogView:
    return _main(pilot).query_one(LogView)


def _main(pilot: Pilot[None]) -> MainScreen:
    screen = pilot.app.screen_stack[1]
    assert isinstance(screen, MainScreen)
    return screen


def _shown(pilot: Pilot[None]) -> list[str]:
    """Messages on the page."""
    _log(pilot).sync()
    return [event.message for event in _log(pilot).page]


def _hints(pilot: Pilot[None]) -> str:
    _main(pilot).poll()
    return " ".join(hint.text for hint in _main(pilot).query_one(StatusLine).status.hints)


async def _type(pilot: Pilot[None], text: str) -> None:
    for character in text:
        await pilot.press("space" if character == " " else character)
    await pilot.pause()


@pytest.fixture
def filled(session: FakeSession) -> FakeSession:
    """Six events of both instances and logs, one of them an error."""
    session.add("one timeout", "two")
    session.add("three", instance="2")
    session.add("audited", reader=1)
    session.store.add([session.event("broken", level=Level.ERROR)])
    session.add("last")
    return session


async def test_instance_keys_show_one_instance_and_all_again(
    filled: FakeSession, make_app: MakeApp
) -> None:
    """`2` shows the second instance only; once more, everything."""
    async with make_app().run_test() as pilot:
        await pilot.press("2")
        await pilot.pause()
        assert _shown(pilot) == ["three"]
        await pilot.press("2")
        await pilot.pause()
        assert len(_shown(pilot)) == 6


async def test_an_instance_that_is_not_there_changes_nothing(
    filled: FakeSession, make_app: MakeApp
) -> None:
    """`7` says that there is no such instance."""
    async with make_app().run_test(notifications=True) as pilot:
        await pilot.press("7")
        await pilot.pause()
        assert len(_shown(pilot)) == 6
        assert not _main(pilot).conditions.is_any


async def test_kind_keys(filled: FakeSession, make_app: MakeApp) -> None:
    """`g` and `a` turn the general and the audit log off and on."""
    async with make_app().run_test() as pilot:
        await pilot.press("g")
        await pilot.pause()
        assert _shown(pilot) == ["audited"]
        await pilot.press("g", "a")
        await pilot.pause()
        assert "audited" not in _shown(pilot)
        assert len(_shown(pilot)) == 5


async def test_level_key_goes_round(filled: FakeSession, make_app: MakeApp) -> None:
    """`l` goes over info, warn and error back to everything."""
    async with make_app().run_test() as pilot:
        counts = []
        for _ in range(4):
            await pilot.press("l")
            await pilot.pause()
            counts.append(len(_shown(pilot)))
        assert counts == [6, 1, 1, 6]


async def test_the_filter_applies_as_one_types_and_enter_keeps_it(
    filled: FakeSession, make_app: MakeApp
) -> None:
    """Keys are text while the filter is edited; new events are filtered, too."""
    async with make_app().run_test() as pilot:
        await pilot.press("f")
        await _type(pilot, "time zz")
        assert _shown(pilot) == []
        for _ in range(3):
            await pilot.press("backspace")
        await pilot.pause()
        assert _shown(pilot) == ["one timeout"]
        await pilot.press("enter")
        assert pilot.app.focused is _log(pilot)
        filled.add("another time", "unwanted")
        assert _shown(pilot) == ["one timeout", "another time"]


async def test_escape_takes_back_what_was_typed(filled: FakeSession, make_app: MakeApp) -> None:
    """The filter is what it was before `f`; on the log, escape clears it."""
    async with make_app(Settings(filter="e")).run_test() as pilot:
        await pilot.pause()
        before = _shown(pilot)
        assert before == ["one timeout", "three", "audited", "broken"]
        await pilot.press("f", "z", "escape")
        await pilot.pause()
        assert _shown(pilot) == before
        assert pilot.app.focused is _log(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert len(_shown(pilot)) == 6


async def test_escape_drops_one_thing_after_the_other(
    filled: FakeSession, make_app: MakeApp
) -> None:
    """The search, what keys chose, the filter; and a cleared filter can be brought back."""
    async with make_app(Settings(filter="e")).run_test() as pilot:
        await pilot.press("2", "slash", "t", "enter")
        await pilot.pause()
        assert _shown(pilot) == ["three"]
        search = pilot.app.screen.query_one("#search")
        bar = pilot.app.screen.query_one("#filter", FilterBar)
        shown = []
        for _ in range(3):
            await pilot.press("escape")
            await pilot.pause()
            shown.append((bool(search.display), bar.text, len(_shown(pilot))))
        assert shown == [(False, "e", 1), (False, "e", 4), (False, "", 6)]
        await pilot.press("f", "up", "enter")
        await pilot.pause()
        assert bar.text == "e"
        assert len(_shown(pilot)) == 4


@pytest.mark.parametrize(("key", "bar"), [("f", "#filter"), ("slash", "#search")])
async def test_what_is_typed_at_once_after_the_key_is_text(
    filled: FakeSession, make_app: MakeApp, key: str, bar: str
) -> None:
    """Over a slow connection many keys arrive together; none of them is taken for a command."""
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        for name in (key, *"allegE", "enter", "2"):
            app.post_message(events.Key(name, {"slash": "/", "enter": "\r"}.get(name, name)))
        await pilot.pause()
        await pilot.pause()
        assert pilot.app.screen.query_one(bar, FilterBar).text == "allegE"
        conditions = _main(pilot).conditions
        assert not conditions.kinds_off
        assert not conditions.level
        assert conditions.instance_number == 2
        assert app.focused is _log(pilot)


async def test_a_new_search_replaces_the_last_one(filled: FakeSession, make_app: MakeApp) -> None:
    """What is typed after `/` is not put behind what was searched for before."""
    async with make_app().run_test() as pilot:
        await pilot.press("slash", *"two", "enter", "slash", *"three", "enter")
        await until(pilot, lambda: _at(pilot) == "three")
        assert pilot.app.screen.query_one("#search", FilterBar).text == "three"


async def test_all_conditions_together_while_events_stream_in(
    filled: FakeSession, make_app: MakeApp
) -> None:
    """Each key narrows further, in whatever order, and giving them up shows everything again."""
    async with make_app().run_test(size=(140, 30)) as pilot:
        await pilot.press("home", "l", "1", "f")
        for character in "time":
            filled.add(f"{character} timeout", instance="1")
            filled.add(f"{character} timeout", instance="2")
            filled.add(f"{character} audited timeout", reader=1)
            await pilot.press(character)
        await pilot.press("enter", "a")
        await pilot.pause()
        assert _shown(pilot) == ["one timeout", *(f"{letter} timeout" for letter in "time")]
        assert "inserted" not in _hints(pilot)
        await pilot.press("a", "1", "l", "l", "l", "escape")
        await pilot.pause()
        assert len(_log(pilot).view) == len(filled.store) == 18


async def test_a_terminal_made_narrow_leaves_the_focus_where_keys_work(
    filled: FakeSession, make_app: MakeApp
) -> None:
    """The sources are hidden, and the log has the focus instead of them."""
    async with make_app().run_test(size=(140, 30)) as pilot:
        pilot.app.screen.set_focus(pilot.app.screen.query_one(SourceTree))
        await pilot.resize_terminal(60, 15)
        await pilot.pause()
        assert pilot.app.focused is _log(pilot)


async def test_a_wrong_filter_leaves_the_last_good_one(
    filled: FakeSession, make_app: MakeApp
) -> None:
    """The error names the column, and what was shown stays."""
    async with make_app().run_test(size=(120, 30)) as pilot:
        await pilot.press("f")
        await _type(pilot, "three")
        await _type(pilot, " (")
        bar = pilot.app.screen.query_one("#filter", FilterBar)
        assert bar.has_class("-invalid")
        assert "column" in str(bar.query_one(".filter-bar--error").render())
        assert _shown(pilot) == ["three"]
        await pilot.press("backspace", "backspace")
        await pilot.pause()
        assert not bar.has_class("-invalid")


async def test_a_half_typed_condition_is_not_applied_yet(
    filled: FakeSession, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`lev` on its way to `level>=warn` must not empty the log; enter takes it as it stands."""
    monkeypatch.setattr(FilterBar, "SETTLE_S", 3600)
    async with make_app().run_test(size=(120, 30)) as pilot:
        await pilot.press("f")
        for text in ("level>", "=er"):
            await _type(pilot, text)
            assert len(_shown(pilot)) == 6
            assert not pilot.app.screen.query_one("#filter", FilterBar).has_class("-invalid")
        await _type(pilot, "ror")
        assert _shown(pilot) == ["broken"]
        await _type(pilot, " lev")
        assert _shown(pilot) == ["broken"]
        await pilot.press("enter")
        await pilot.pause()
        assert _shown(pilot) == []


async def test_search_highlights_and_jumps(filled: FakeSession, make_app: MakeApp) -> None:
    """`/` finds the newest match, `N` and `n` go on, escape ends the search."""
    async with make_app().run_test() as pilot:
        log = _log(pilot)
        await pilot.press("slash")
        await _type(pilot, "o")
        await pilot.press("enter")
        await pilot.pause()
        places = [log.cursor and log.cursor.message]
        for key in ("N", "N", "n"):
            await pilot.press(key)
            await pilot.pause()
            places.append(log.cursor and log.cursor.message)
        assert places == ["broken", "two", "one timeout", "two"]
        assert len(_shown(pilot)) == 6
        await pilot.press("escape")
        assert not pilot.app.screen.query_one("#search").display


async def test_error_keys(filled: FakeSession, make_app: MakeApp) -> None:
    """`E` goes to the previous error, `e` to the next one."""
    filled.store.add([filled.event("broken again", level=Level.FATAL)])
    async with make_app().run_test() as pilot:
        log, places = _log(pilot), []
        for key in ("e", "E", "e"):
            await pilot.press(key)
            await pilot.pause()
            assert log.cursor is not None
            places.append(log.cursor.message)
        assert places == ["broken again", "broken", "broken again"]


async def test_space_pauses_and_tells_what_waits(filled: FakeSession, make_app: MakeApp) -> None:
    """Nothing moves until space is pressed again."""
    async with make_app().run_test(size=(140, 30)) as pilot:
        await pilot.press("space")
        before = _shown(pilot)
        filled.add("new", "newer")
        assert _shown(pilot) == before
        assert "2 waiting" in _hints(pilot)
        await pilot.press("space")
        assert _shown(pilot)[-2:] == ["new", "newer"]
        assert _hints(pilot) == ""


@pytest.mark.parametrize("key", ["end", "G"])
async def test_home_goes_to_the_oldest_and_end_follows(
    session: FakeSession, make_app: MakeApp, key: str
) -> None:
    """`home` shows the oldest event, `end` and `G` the newest; what is new is counted."""
    session.add(*[f"message {number}" for number in range(100)])
    async with make_app().run_test(size=(140, 20)) as pilot:
        await pilot.press("home")
        assert _shown(pilot)[0] == "message 0"
        session.add("new")
        assert _shown(pilot)[0] == "message 0"
        assert "1 new" in _hints(pilot)
        await pilot.press(key)
        assert _shown(pilot)[-1] == "new"
        assert _log(pilot).follow


async def test_the_next_error_is_seen_from_the_page(
    session: FakeSession, make_app: MakeApp
) -> None:
    """Scrolled back by the wheel, `e` goes down from there, and not to the newest."""
    for number in range(100):
        level = Level.ERROR if number in (10, 50, 90) else Level.INFO
        session.store.add([session.event(f"message {number}", level=level)])
    async with make_app().run_test(size=(140, 20)) as pilot:
        await pilot.pause()
        log = _log(pilot)
        log.scroll_to(y=30, immediate=True)
        await pilot.press("e")
        await pilot.pause()
        assert log.cursor is session.store[50]


async def test_enter_opens_the_event_and_escape_closes_it(
    filled: FakeSession, make_app: MakeApp
) -> None:
    """The event under the cursor is shown in full."""
    async with make_app().run_test() as pilot:
        await pilot.press("up", "up", "enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, DetailScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, MainScreen)


async def test_y_copies_the_message(filled: FakeSession, make_app: MakeApp) -> None:
    """The message under the cursor goes to the clipboard."""
    async with make_app().run_test() as pilot:
        await pilot.press("up", "up", "y")
        assert pilot.app.clipboard == "broken"


async def test_r_reads_now(session: FakeSession, make_app: MakeApp) -> None:
    """The session is asked to read at once."""
    async with make_app().run_test() as pilot:
        await pilot.press("r")
        assert session.read_now_calls == 1


async def test_b_shows_and_hides_the_sources(session: FakeSession, make_app: MakeApp) -> None:
    """A narrow terminal hides the sources until they are asked for."""
    async with make_app().run_test(size=(60, 15)) as pilot:
        sidebar = pilot.app.screen.query_one("#sidebar")
        assert not sidebar.display
        await pilot.press("b")
        assert sidebar.display
        assert pilot.app.focused is pilot.app.screen.query_one(SourceTree)
        await pilot.resize_terminal(61, 15)
        assert sidebar.display
        await pilot.press("b")
        assert not sidebar.display
        assert pilot.app.focused is _log(pilot)


async def test_wide_terminals_show_the_sources(session: FakeSession, make_app: MakeApp) -> None:
    """From a certain width on there is room: `b` goes there, once more hides them."""
    async with make_app().run_test(size=(120, 30)) as pilot:
        sidebar = pilot.app.screen.query_one("#sidebar")
        assert sidebar.display
        await pilot.press("b")
        assert sidebar.display
        assert pilot.app.focused is pilot.app.screen.query_one(SourceTree)
        await pilot.press("b")
        assert not sidebar.display
        assert pilot.app.focused is _log(pilot)


async def test_sources_are_toggled_in_the_tree(filled: FakeSession, make_app: MakeApp) -> None:
    """Enter and space on a node hide it; a node hidden with its parent comes back alone."""
    async with make_app().run_test(size=(120, 30)) as pilot:
        await pilot.press("b")
        await pilot.pause()
        await pilot.press("space")
        await pilot.pause()
        assert _shown(pilot) == []
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert _shown(pilot) == ["one timeout", "two", "broken", "last"]


async def test_help_lists_every_key(session: FakeSession, make_app: MakeApp) -> None:
    """`?` opens the list of keys; any of its keys closes it."""
    async with make_app().run_test(size=(120, 60)) as pilot:
        session.notes.append("a notice [b]with markup[/b]")
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, MainScreen)


async def test_the_palette_has_every_command(session: FakeSession, make_app: MakeApp) -> None:
    """Each binding of the screen and the log can be found by its name."""
    app = make_app()
    async with app.run_test():
        titles = " ".join(command.title for command in app.get_system_commands(app.screen))
        for word in ("Filter", "Search", "Pause", "Open", "Level", "Sources", "Theme", "Quit"):
            assert word in titles


async def test_a_command_of_the_palette_acts(filled: FakeSession, make_app: MakeApp) -> None:
    """What is chosen in the palette is done."""
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p")
        await _type(pilot, "Pause")
        await pilot.pause()
        command = next(c for c in app.get_system_commands(_main(pilot)) if "Pause" in c.title)
        await pilot.press("escape")
        await pilot.pause()
        await command.callback()
        assert _log(pilot).paused


async def test_settings_narrow_down_from_the_start(filled: FakeSession, make_app: MakeApp) -> None:
    """Options of the command line are conditions like those of the keys."""
    settings = Settings(instances=("1",), kinds=("general",), level=Level.ERROR, filter="broken")
    async with make_app(settings).run_test(size=(140, 30)) as pilot:
        await pilot.pause()
        assert _shown(pilot) == ["broken"]
        assert pilot.app.screen.query_one(Input).value == "broken"


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quit(session: FakeSession, make_app: MakeApp, key: str) -> None:
    """The application ends, and with it the session's task."""
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
    assert app.return_code == 0
    assert session.cancelled


async def test_ctrl_c_quits_while_typing(session: FakeSession, make_app: MakeApp) -> None:
    """Also from the filter, where other keys are text."""
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("f", "q", "ctrl+c")
        await pilot.pause()
    assert app.return_code == 0
