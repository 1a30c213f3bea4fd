"""The line of keys: which it shows, what of that fits, and the mouse on it."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.widgets import Static

from widgets.key_line import KeyLine

COMPACT = "m More f,g Find x Gone a About"


class CountedLine(KeyLine):
    """Counts how often it is painted."""

    painted = 0

    def render_line(self, y: int) -> Strip:
        """Count, and paint."""
        self.painted += 1
        return super().render_line(y)


class Plain(Static, can_focus=True):
    """Something without keys of its own, to be focused."""


class Keyed(Static, can_focus=True):
    """Something with keys of its own."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "app.note('open')", "Open"),
        Binding("h", "app.note('hidden')", "Hidden", show=False),
    ]


class Dialog(ModalScreen[None]):
    """Has one key; remembers whether it was asked for it when it was gone."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Close", key_display="esc")]
    asked_when_gone = False

    def compose(self) -> ComposeResult:
        """Its line."""
        yield KeyLine()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Note where that can no longer be told."""
        self.asked_when_gone = self.asked_when_gone or self not in self.app.screen_stack
        return True

    def action_leave(self) -> None:
        """Have its keys looked at anew, and go."""
        self.refresh_bindings()
        self.dismiss()
        self.refresh_bindings()


class KeysApp(App[None]):
    """Two things to be focused, and the line; notes what its keys do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "note('more')", "More", tooltip="More [b]of[/b] it"),
        Binding("f", "note('find')", "Find", key_display="f,g"),
        Binding("g", "note('find')", "Find"),
        Binding("x", "gone", "Gone", tooltip="Not now"),
        Binding("a", "note('about')", "About"),
    ]

    def __init__(self, line: KeyLine | None = None) -> None:
        super().__init__()
        self.line = line or CountedLine()
        self.noted: list[str] = []
        self.bells = 0

    def compose(self) -> ComposeResult:
        """All there is."""
        yield Plain(id="plain")
        yield Plain(id="other")
        yield Keyed()
        yield self.line

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One is there, but does nothing now."""
        return None if action == "gone" else True

    def action_note(self, what: str) -> None:
        """Note it."""
        self.noted.append(what)

    def bell(self) -> None:
        """Count it."""
        self.bells += 1

    def row(self) -> str:
        """What the line shows."""
        return self.line.render_line(0).text.rstrip()


def _shown(screen: Screen[Any]) -> str:
    return screen.query_one(KeyLine).render_line(0).text.rstrip()


async def _focus(pilot: Pilot[None], selector: str) -> None:
    pilot.app.screen.set_focus(pilot.app.screen.query_one(selector))
    await pilot.pause()


async def test_it_shows_what_the_focus_gives_without_a_layout() -> None:
    """Shown keys, each action once; where they are the same it is not painted, either."""
    line = CountedLine()
    app = KeysApp(line)
    layouts: list[object] = []
    async with app.run_test(size=(60, 10)) as pilot:
        await _focus(pilot, "#plain")
        assert app.row() == COMPACT
        app.screen.screen_layout_refresh_signal.subscribe(app.screen, layouts.append)
        line.painted = 0
        await _focus(pilot, "Keyed")
        assert line.painted == 1
        assert app.row() == f"o Open {COMPACT}"
        await _focus(pilot, "#plain")
        assert app.row() == COMPACT
        line.painted = 0
        await _focus(pilot, "#other")
        app.screen.refresh_bindings()
        await pilot.pause()
        assert line.painted == 0
        assert not layouts


SPACED = " m More  f,g Find  x Gone  a About "


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (120, f"{SPACED:<108}▏^p palette"),
        (110, f"{SPACED:<98}▏^p palette"),
        (109, COMPACT),
        (30, COMPACT),
        (29, "m More f,g Find x Gone …"),
        (24, "m More f,g Find x Gone …"),
        (23, "m More f,g Find …"),
        (7, "…"),
        (1, "…"),
    ],
    ids=["wide", "just-wide", "not-wide", "full", "short", "mark", "no-mark", "one", "cell"],
)
async def test_it_fits_any_width(width: int, row: str) -> None:
    """What has no room is left out as a whole, and that is said."""
    app = KeysApp()
    async with app.run_test(size=(width, 10)):
        assert app.row() == row
        assert app.line.render_line(0).cell_length == width


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (lambda: KeyLine(compact=True), COMPACT),
        (lambda: KeyLine(show_command_palette=False), SPACED.rstrip()),
    ],
    ids=["compact", "no-palette"],
)
async def test_a_wide_line_can_be_plain(line: type[KeyLine], row: str) -> None:
    """Close together as in a narrow one, or without the palette."""
    app = KeysApp(line())
    async with app.run_test(size=(120, 10)) as pilot:
        assert app.row() == row
        await pilot.resize_terminal(60, 10)
        await pilot.pause()
        assert app.row() == COMPACT


async def test_too_many_keys_to_stand_apart() -> None:
    """They stand close together in a wide terminal, too."""
    app = KeysApp()
    for letter in "bcdeijklnprstuvw":
        app.bind(letter, f"note('{letter}')", description="Some")
    async with app.run_test(size=(110, 10)):
        assert app.row().startswith(COMPACT + " b Some c Some")
        assert app.row().endswith(" …")


async def test_a_click_presses_the_key() -> None:
    """Key and description alike; one that is disabled is dim and rings, a blank does nothing."""
    app = KeysApp()
    async with app.run_test(size=(120, 10)) as pilot:
        text = app.row()
        for words in ("Find", "a About"):
            await pilot.click(KeyLine, offset=(text.index(words), 0))
        await pilot.click(KeyLine, offset=(80, 0))
        await pilot.pause()
        assert app.noted == ["find", "about"]
        assert app.bells == 0
        dim = [part.text for part in app.line.render_line(0) if part.style and part.style.dim]
        assert dim == [" x ", "Gone "]
        await pilot.click(KeyLine, offset=(text.index("Gone"), 0))
        await pilot.click(KeyLine, offset=(text.index("palette"), 0))
        await pilot.pause()
        assert app.bells == 1
        assert isinstance(app.screen, CommandPalette)


@pytest.mark.parametrize("theme", ["textual-dark", "ansi-dark"])
async def test_the_key_under_the_mouse_is_marked(theme: str) -> None:
    """And says what it does, as it is written; without colours it is underlined."""
    app = KeysApp()
    async with app.run_test(size=(120, 10)) as pilot:
        app.theme = theme
        await pilot.pause()

        def marked() -> str:
            segments = [(text, style) for text, style, _ in app.line.render_line(0) if style]
            base = segments[-1][1].bgcolor
            return "".join(
                text for text, style in segments if style.underline or style.bgcolor != base
            )

        for words, shown, tooltip in (
            ("More", " m More ", "More [b]of[/b] it"),
            ("Find", " f,g Find ", ""),
            ("Gone", " x Gone ", "Not now"),
        ):
            await pilot.hover(KeyLine, offset=(app.row().index(words), 0))
            await pilot.pause()
            assert marked() == shown
            assert str(app.line.tooltip or "") == tooltip
        await pilot.hover("#plain")
        await pilot.pause()
        assert marked() == ""
        assert app.line.tooltip is None


async def test_other_keys_are_not_marked_by_a_mouse_that_rests() -> None:
    """What it was on may stand elsewhere."""
    app = KeysApp()
    async with app.run_test(size=(60, 10)) as pilot:
        await _focus(pilot, "#plain")
        await pilot.hover(KeyLine, offset=(0, 0))
        await pilot.pause()
        assert app.line.hovered == "m"
        await _focus(pilot, "Keyed")
        assert app.line.hovered == ""
        assert app.line.tooltip is None


async def test_each_screen_shows_its_own_keys() -> None:
    """Those of a dialog, above those of the screen below; one that is gone is not asked."""
    app = KeysApp()
    async with app.run_test(size=(120, 10)) as pilot:
        below, dialog = app.screen, Dialog()
        await app.push_screen(dialog)
        await pilot.pause()
        assert _shown(dialog) == " esc Close"
        assert _shown(below).startswith(SPACED)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is below
        assert not dialog.asked_when_gone
        assert _shown(below).startswith(SPACED)


async def test_a_terminal_that_is_left_keeps_its_keys() -> None:
    """Nothing has the focus until it is looked at again."""
    app = KeysApp()
    async with app.run_test(size=(60, 10)) as pilot:
        await _focus(pilot, "Keyed")
        for event in (events.AppBlur(), events.AppFocus()):
            app.post_message(event)
            await pilot.pause()
            assert app.row() == f"o Open {COMPACT}"


async def test_a_line_that_comes_later_shows_its_keys_at_once() -> None:
    """It waits for no change of them."""
    app = KeysApp()
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        later = KeyLine(compact=True)
        await app.mount(later)
        await pilot.pause()
        assert later.render_line(0).text.rstrip() == COMPACT
