"""The help: every key as it is mapped, searchable, whole in the smallest terminal."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from rich.cells import cell_len
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Input

import tui
from mqtail.files import config_file, state_file
from tui.keymap import Section, read_keymap
from tui.screens.help import HelpScreen
from widgets.key_table import KeyRow, KeyTable

ONLY = Binding.Group("Only this instance")

SECTIONS = (
    Section(
        "In the log",
        [
            Binding("end,G", "follow", "Newest", tooltip="Follow the newest events", id="follow"),
            Binding(
                "w", "wrap", "Wrap", tooltip="Wrap long lines at the right edge", id="log-wrap"
            ),
            Binding("m", "mark", "Bookmark", id="bookmark"),
        ],
    ),
    Section(
        "Narrow down",
        [Binding(str(n), f"instance({n})", group=ONLY, id=f"instance-{n}") for n in range(1, 10)],
    ),
)


class HelpApp(App[None]):
    """Nothing but the help."""

    CSS_PATH = Path(tui.__file__).with_name("mqtail.tcss")
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [(0, "-low"), (20, "-high")]  # type: ignore[misc]
    BINDINGS: ClassVar[list[BindingType]] = [Binding("z", "quit", "Leave", id="leave")]

    def __init__(self, notices: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.notices = notices

    def on_mount(self) -> None:
        """Show it, with keys that were mapped."""
        keymap = read_keymap({"log-wrap": "W,f4", "bookmark": ""}, SECTIONS)
        self.push_screen(HelpScreen(SECTIONS, self.notices, keymap))


def _text(pilot: Pilot[None]) -> str:
    """All that the help has, also below the edge of the screen."""
    tables = pilot.app.screen.query(KeyTable)
    return "\n".join(str(table.render()) for table in tables if table.display)


async def test_keys_are_shown_as_they_are_mapped() -> None:
    """With their meaning and their id; many in a row are put together."""
    async with HelpApp().run_test(size=(120, 35)) as pilot:
        await pilot.pause()
        lines = [" ".join(line.split()) for line in _text(pilot).splitlines()]
        assert "end G Follow the newest events follow" in lines
        assert "W f4 Wrap long lines at the right edge log-wrap" in lines
        assert "– Bookmark bookmark" in lines
        assert "1 … 9 Only this instance instance-1 … instance-9" in lines
        assert any("/Slow.*Consumer/" in line for line in lines)


async def test_it_names_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where none is kept."""
    async with HelpApp().run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        text = "".join(_text(pilot).split())
        assert str(config_file()).replace(" ", "") in text
        assert "last-error.txt" in text
    monkeypatch.setenv("MQTAIL_STATE", "")
    assert state_file() is None
    async with HelpApp().run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        assert "not kept" in _text(pilot)


async def test_notices_are_text() -> None:
    """Neither markup nor escape sequences do anything."""
    async with HelpApp(("odd [bold]text[/]\x1b[31m",)).run_test(size=(120, 35)) as pilot:
        await pilot.pause()
        assert "odd [bold]text[/]␛[31m" in _text(pilot)


async def test_searching_narrows_it_down() -> None:
    """By keys, words and ids; escape brings everything back, and then closes."""
    async with HelpApp().run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        whole = _text(pilot)
        await pilot.press("slash", *"LONG edge")
        await pilot.pause()
        assert _text(pilot).splitlines()[0] == "In the log"
        assert "Wrap long lines" in _text(pilot)
        assert "Follow" not in _text(pilot)
        await pilot.press("enter", "slash", *"zzz")
        await pilot.pause()
        assert _text(pilot) == ""
        assert pilot.app.screen.query_one("#help-nothing").display
        await pilot.press("escape")
        await pilot.pause()
        assert _text(pilot) == whole
        assert pilot.app.screen.query_one(Input).value == ""
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, HelpScreen)


@pytest.mark.parametrize("key", ["q", "question_mark", "enter", "escape"])
async def test_closing(key: str) -> None:
    """Each of the keys that one would try."""
    async with HelpApp().run_test() as pilot:
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        assert not isinstance(pilot.app.screen, HelpScreen)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 60)], ids=["low", "usual", "large"])
async def test_it_fits(size: tuple[int, int]) -> None:
    """No line is cut, and the end is reached by key and by wheel."""
    async with HelpApp(("word " * 60,)).run_test(size=size) as pilot:
        await pilot.pause()
        for table in pilot.app.screen.query(KeyTable):
            width = table.content_size.width
            lines = str(table.render()).splitlines()
            assert len(lines) == table.content_size.height
            assert max(map(cell_len, lines)) <= width
        tables = pilot.app.screen.query_one("#help-tables", VerticalScroll)
        if tables.max_scroll_y:
            wheel = events.MouseScrollDown(tables, 1, 1, 0, 1, 0, False, False, False)
            tables.post_message(wheel)
            await pilot.pause()
            assert tables.scroll_y > 0
            await pilot.press("end")
            await pilot.pause()
            assert tables.scroll_target_y == tables.max_scroll_y


async def test_a_narrow_table_puts_keys_above_their_meaning() -> None:
    """Nothing is lost where there is hardly any room."""

    class Narrow(App[None]):
        CSS = "KeyTable { width: 24; }"

        def compose(self):  # type: ignore[no-untyped-def]
            yield KeyTable("Keys", [KeyRow("ctrl+s", "saves the whole thing", "save-it")], 12)

    async with Narrow().run_test() as pilot:
        await pilot.pause()
        lines = str(pilot.app.screen.query_one(KeyTable).render()).splitlines()
        assert lines == ["Keys", "  ctrl+s", "    saves the whole", "    thing"]
