"""The themes: what is written can be read in each of them, also without any colour."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.theme import Theme
from textual.widgets import OptionList

from mqtail.events import Level
from mqtail.status import State
from tests.tui.conftest import FakeSession
from tests.tui.support import until
from tui.app import MqtailApp
from tui.commands import theme_names
from tui.keymap import Section
from tui.keys import FIND_KEYS
from tui.screens.help import HelpScreen
from tui.screens.name import NameScreen
from tui.theme import ANSI, CONTRAST, DARK, LIGHT, THEMES
from widgets.log.view import LogView

MakeApp = Callable[..., MqtailApp]

TEXTS = (
    "text",
    "foreground",
    "text-primary",
    "text-secondary",
    "text-accent",
    "text-success",
    "text-warning",
    "text-error",
)
BACKGROUNDS = ("background", "surface", "panel")


def _luminance(color: Color) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [part / 255 for part in color.rgb]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: Color, other: Color) -> float:
    """Contrast ratio as WCAG defines it, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _on(text: str, background: Color) -> Color:
    """A colour of a theme as it looks on a background; `auto 60%` is of black or white."""
    if text.startswith("auto"):
        share = float(text.removeprefix("auto ").rstrip("%")) / 100
        return background + background.get_contrast_text(share)
    return background + Color.parse(text)


@pytest.mark.parametrize("theme", [DARK, LIGHT, CONTRAST], ids=["dark", "light", "contrast"])
def test_contrast_of_the_colours(theme: Theme) -> None:
    """Text has 7:1 on each background (AAA), muted text 4.5:1, with high contrast 7:1, too."""
    colors = theme.to_color_system().generate()
    for name in BACKGROUNDS:
        background = Color.parse(colors[name])
        for text in TEXTS:
            assert _ratio(_on(colors[text], background), background) >= 7, (text, name)
        muted = _ratio(_on(colors["text-muted"], background), background)
        assert muted >= (7 if theme is CONTRAST else 4.5), name


@pytest.fixture
def busy(session: FakeSession) -> FakeSession:
    """Events of each level, of both instances and logs, with a trace, one of them late."""
    trace = "it broke\njava.io.IOException: too many\n\tat org.x.Acceptor.accept(Acceptor.java:10)"
    levels = (Level.UNKNOWN, Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR)
    session.store.add(
        [
            *(
                session.event(f"level {level.label} of a timeout", level=level, instance=instance)
                for level in (*levels, Level.FATAL)
                for instance in "12"
            ),
            session.event("audited", reader=1),
            session.event(trace, level=Level.ERROR),
            session.event("came late", late=True),
        ]
    )
    session.readers[1].state = State.FAILING
    session.readers[1].reason = "not allowed to read it"
    return session


def _written(pilot: Pilot[None]) -> Iterator[Segment]:
    """What is on the screen and can be read: words and numbers, not frames and bars.

    Of a screen that lies over another one, only what is its own.
    """
    screen = pilot.app.screen
    (box, *_) = screen.children if screen.is_modal else [screen]
    box = screen.query("#--container").first() if isinstance(screen, CommandPalette) else box
    region = box.region
    strips = screen._compositor.render_strips(screen.size)
    for strip in strips[region.y : region.bottom]:
        for segment in strip.crop(region.x, region.right):
            if segment.style is not None and any(map(str.isalnum, segment.text)):
                yield segment


def _colors(style: Style) -> tuple[RichColor | None, RichColor | None]:
    """Of the text, and behind it."""
    colors = (style.color, style.bgcolor)
    return colors[::-1] if style.reverse else colors


async def _states(pilot: Pilot[None]) -> AsyncIterator[str]:
    """Goes through the main states of the application; gives the name of each."""
    await pilot.pause()
    yield "log"
    await pilot.press("f", "t", "enter", "slash", "l", "enter", "home", "down")
    await pilot.pause()
    yield "filter, search and cursor"
    await pilot.press("b")
    await pilot.pause()
    yield "sources"
    await pilot.press("escape", "enter")
    await pilot.pause()
    yield "event"
    await pilot.press("escape", "ctrl+p", "down")
    await pilot.pause()
    yield "palette"
    await pilot.press("escape")
    sections = [Section("In the log", LogView.BINDINGS), Section("Find", FIND_KEYS)]
    await pilot.app.push_screen(HelpScreen(sections, ["a notice"]))
    await pilot.pause()
    yield "help"
    await pilot.app.push_screen(NameScreen("Save", "a filter", taken=["a"], name="a"))
    await pilot.pause()
    yield "name"


def _is_readable(segment: Segment, theme: Theme) -> bool:
    """Whether text differs enough from what is behind it."""
    text, behind = _colors(segment.style or Style())
    if text is None or behind is None:
        return False
    if theme.ansi:
        # The terminal's default is black or white.
        clear = behind.number not in (0, 7, 15) if text.is_default else text != behind
        return behind.is_default or clear
    ratio = _ratio(Color.from_rich_color(text), Color.from_rich_color(behind))
    return ratio >= (7 if theme is CONTRAST else 4.5)


@pytest.mark.parametrize("colourless", [False, True], ids=["ansi", "no-color"])
async def test_the_cursor_of_the_palette_is_seen_without_colour(
    session: FakeSession, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, colourless: bool
) -> None:
    """Its row is written otherwise than the others; themes that need colours are not offered."""
    if colourless:
        monkeypatch.setenv("NO_COLOR", "1")
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        app.theme = ANSI.name
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count > 3)
        await pilot.press("down")
        await pilot.pause()
        assert (LIGHT.name in theme_names(app)) is not colourless
        region = app.screen.query_one(OptionList).region
        strips = app.screen._compositor.render_strips()[region.y : region.bottom]
        underlined = [any(part.style and part.style.underline for part in row) for row in strips]
        # Its name and what it does.
        assert underlined.count(True) == 2
        assert len(underlined) > 6


async def test_everything_can_be_read(busy: FakeSession, make_app: MakeApp) -> None:
    """On all screens, in each theme, also right after it was chosen."""
    app = make_app()
    hidden = []
    async with app.run_test(size=(120, 35)) as pilot:
        async for state in _states(pilot):
            for theme in THEMES:
                app.theme = theme.name
                await pilot.pause()
                hidden += [
                    (state, theme.name, segment.text)
                    for segment in _written(pilot)
                    if not _is_readable(segment, theme)
                ]
    assert hidden == []
