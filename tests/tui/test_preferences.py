"""What the user prefers: where it comes from, how it is kept, and the palette's part in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.widgets import Footer, Input, Static

from mqtail.config import UiConfig
from mqtail.errors import UsageError
from mqtail.named_views import NamedView
from mqtail.state import State, StateFile
from tui.commands import (
    choose_theme,
    saved_commands,
    saving_commands,
    target_commands,
    theme_commands,
    theme_names,
)
from tui.keymap import Section, has_key, mapped, read_keymap
from tui.keys import MAIN_KEYS
from tui.preferences import Preferences
from tui.screens.name import NameScreen
from tui.theme import ANSI, ANSI_LIGHT, DARK, LIGHT, THEMES, default_theme
from widgets.log.look import Look

TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "", "NO_COLOR": "", "COLORFGBG": ""}


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dark terminal with many colours."""
    for name, value in TERMINAL.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state is kept."""
    return tmp_path / "state.json"


def _preferences(path: Path | None = None, **config: Any) -> Preferences:
    return Preferences(UiConfig(**config), StateFile(path))


def _kept(path: Path, **values: Any) -> None:
    file = StateFile(path)
    file.state = State(**values)
    file.save()


def test_without_anything() -> None:
    """The defaults."""
    preferences = _preferences()
    assert preferences.theme == DARK.name
    assert preferences.look == Look()
    assert (preferences.sidebar, preferences.timeline, preferences.gap_ms) == (None, None, None)
    assert (preferences.filters, preferences.views, preferences.keymap) == ({}, {}, {})
    assert preferences.news() == ""


def test_the_file_before_the_state_before_the_default(path: Path) -> None:
    """One by one: what the file leaves open is as it was left."""
    _kept(path, theme=LIGHT.name, time="since", wrap=True, sidebar=False, timeline=True)
    kept = _preferences(path)
    assert (kept.theme, kept.look) == (LIGHT.name, Look(time="since", wrap=True))
    assert (kept.sidebar, kept.timeline) == (False, True)
    pinned = _preferences(
        path, theme=ANSI.name, columns=("time", "message"), wrap=False, sidebar=True, gap=0
    )
    assert pinned.theme == ANSI.name
    assert pinned.look == Look(columns=("time",), time="since", wrap=False)
    assert (pinned.sidebar, pinned.timeline, pinned.gap_ms) == (True, True, 0)


def test_what_the_state_knows_and_this_version_does_not(path: Path) -> None:
    """It is passed over, for nobody has written it by hand."""
    _kept(path, theme="sepia", columns=("time", "shard"), time="moon", wrap=True)
    preferences = _preferences(path)
    assert preferences.theme == DARK.name
    assert preferences.look == Look(wrap=True)


def test_a_terminal_with_few_colours(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was chosen in a better one is not forced on it; what the file says is."""
    _kept(path, theme=LIGHT.name)
    monkeypatch.setenv("TERM", "linux")
    assert _preferences(path).theme == ANSI.name
    assert _preferences(path, theme=LIGHT.name).theme == LIGHT.name


def test_without_colour_nothing_is_marked_by_colours(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the file nor what was chosen brings up a theme whose cursors would not be seen."""
    _kept(path, theme=LIGHT.name)
    monkeypatch.setenv("NO_COLOR", "1")
    assert _preferences(path).theme == ANSI.name
    assert _preferences(path, theme=LIGHT.name).theme == ANSI.name
    assert _preferences(path, theme=ANSI_LIGHT.name).theme == ANSI_LIGHT.name


def test_what_is_set_is_there_next_time(path: Path) -> None:
    """All of it, and a look only where it was changed."""
    preferences = _preferences(path)
    preferences.set_theme(LIGHT.name)
    preferences.set_look(replace(preferences.look, wrap=True))
    preferences.set_sidebar(False)
    preferences.set_timeline(True)
    preferences.remember_filter("one")
    preferences.remember_filter("two")
    preferences.remember_filter("one")
    preferences.remember_filter(" ")
    preferences.remember_filter("x" * 10_000)
    preferences.remember_search("three")
    preferences.remember_targets(["orders-mq", "clicks-msk"])
    preferences.save_filter("slow", "level>=warn")
    preferences.save_view("audit", NamedView(kinds=("audit",)))
    preferences.save_view("gone", NamedView())
    preferences.forget_view("gone")
    preferences.save()
    assert StateFile(path).state.columns is None
    later = _preferences(path)
    assert (later.theme, later.look) == (LIGHT.name, Look(wrap=True))
    assert (later.sidebar, later.timeline) == (False, True)
    assert (later.filter_history, later.search_history) == (["two", "one"], ["three"])
    assert later.target_history == ["orders-mq", "clicks-msk"]
    assert later.filters == {"slow": "level>=warn"}
    assert later.views == {"audit": NamedView(kinds=("audit",))}


async def test_keeping_while_it_runs(path: Path) -> None:
    """Only what changed is written."""
    preferences = _preferences(path)
    await preferences.keep()
    assert not os.listdir(path.parent)
    preferences.set_theme(LIGHT.name)
    await preferences.keep()
    assert StateFile(path).state.theme == LIGHT.name


def test_trouble_is_told_once(path: Path) -> None:
    """A notice, and not with every change."""
    path.write_text("{")
    preferences = _preferences(path)
    assert "is damaged" in preferences.news()
    preferences.set_theme(LIGHT.name)
    preferences.save()
    assert preferences.news() == ""


def test_names_of_the_file_come_first(path: Path) -> None:
    """They cannot be saved over, nor forgotten."""
    _kept(path, filters={"b": "two", "a": "one"}, views={"v": NamedView("kept")})
    preferences = _preferences(path, filters={"b": "pinned"}, views={"v": NamedView("pinned")})
    assert preferences.filters == {"b": "pinned", "a": "one"}
    assert preferences.views == {"v": NamedView("pinned")}
    assert (preferences.pinned_filters, preferences.pinned_views) == ({"b"}, {"v"})
    preferences.forget_filter("b")
    assert preferences.filters["b"] == "pinned"


def test_the_look_of_a_view() -> None:
    """What it does not say stays; a column that there is no longer is left out."""
    preferences = _preferences(wrap=True)
    assert preferences.look_of(NamedView()) == preferences.look
    view = NamedView(columns=("time", "shard"), wrap=False)
    assert preferences.look_of(view) == Look(columns=("time",), wrap=False)


@pytest.mark.parametrize(
    ("config", "parts"),
    [
        ({"theme": "mqtail-lite"}, ["[ui]", "no theme mqtail-lite", "mqtail-light"]),
        ({"theme": "xyz"}, ["There are: mqtail, "]),
        ({"colors": {"primary": "blurple"}}, ["[colors]: primary", "'blurple'", "#rrggbb"]),
        ({"colors": {"primary": "#11223344"}}, ["primary cannot be"]),
        ({"colors": {"primary": "ansi_red"}}, ["in the theme mqtail"]),
        ({"columns": ("time", "colour")}, ["[ui]: columns: there is no column 'colour'"]),
        ({"time": "moon"}, ["[ui]: time: there is no time mode 'moon'"]),
        ({"filters": {"slow": "level>=warm"}}, ["[filters]: slow, column"]),
        ({"views": {"v": NamedView("(")}}, ["[views.v]: filter, column 1"]),
        ({"views": {"v": NamedView(level="loud")}}, ["no level loud", "trace, debug"]),
        ({"views": {"v": NamedView(kinds=("adit",))}}, ["no kind adit", "audit"]),
        ({"views": {"v": NamedView(tab="log")}}, ["no tab log", "general"]),
        ({"views": {"v": NamedView(columns=("x",))}}, ["columns: there is no column 'x'"]),
        ({"keys": {"log-wrap": "w"}}, ["[keys]: there is no log-wrap"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_configuration_that_makes_no_sense(config: Mapping[str, Any], parts: list[str]) -> None:
    """Before the UI starts: one sentence that says where, and what would be right."""
    with pytest.raises(UsageError) as caught:
        _preferences(**config)
    said = f"{caught.value.message} {caught.value.hint}"
    assert ".." not in caught.value.message
    for part in parts:
        assert part in said


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "mqtail"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "mqtail"),
        ({"COLORFGBG": "15;0"}, "mqtail"),
        ({"COLORFGBG": "0;15"}, "mqtail-light"),
        ({"COLORFGBG": "0;default;7"}, "mqtail-light"),
        ({"COLORFGBG": "default;default"}, "mqtail"),
        ({"TERM": "linux"}, "mqtail-ansi"),
        ({"TERM": "screen", "COLORFGBG": "0;15"}, "mqtail-ansi-light"),
        ({"TERM": "dumb"}, "mqtail-ansi"),
        ({"NO_COLOR": "1"}, "mqtail-ansi"),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_the_theme_that_suits_the_terminal(
    monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str], expected: str
) -> None:
    """Light in a light terminal, its own colours where it has no others."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_theme() == expected


def test_colours_of_the_file() -> None:
    """They change the theme that is named, also where it derives something from them."""
    preferences = _preferences(colors={"primary": "#ff8800"})
    (changed,) = [theme for theme in preferences.themes if theme.name == DARK.name]
    assert (changed.primary, changed.error) == ("#ff8800", DARK.error)
    assert changed.variables["footer-key-foreground"] == "#ff8800"
    preferences = _preferences(theme="nord", colors={"background": "black"})
    assert preferences.theme == "nord"
    assert [theme.name for theme in preferences.themes] == [*(t.name for t in THEMES), "nord"]
    assert _preferences(theme=ANSI.name, colors={"primary": "ansi_red"}).theme == ANSI.name


LOG = Section("In the log", [Binding("end,G", "follow", "Newest", id="log-follow"),
                             Binding("w", "wrap", "Wrap", id="log-wrap"),
                             Binding("x", "nameless", "Nameless")], "main/log")  # fmt: skip
TREE = Section("In the tree", [Binding("w", "wide", "Wide", id="tree-wide")], "main/tree")
MAIN = Section("Main", MAIN_KEYS, "main")
EVERYWHERE = Section("Everywhere", [Binding("q", "quit", "Quit", id="quit")])
SECTIONS = (LOG, TREE, replace(MAIN, bindings=[*MAIN_KEYS]), EVERYWHERE)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"log-wrap": "W"}, {"log-wrap": "W"}),
        ({"log-wrap": "W, ctrl+w,?"}, None),
        ({"log-wrap": "f5,+"}, {"log-wrap": "f5,plus"}),
        ({"log-wrap": "end", "log-follow": "w"}, {"log-wrap": "end", "log-follow": "w"}),
        ({"tree-wide": "G"}, {"tree-wide": "G"}),
        ({"quit": "Q,ctrl+x"}, {"quit": "Q,ctrl+x"}),
        ({"log-wrap": ","}, {"log-wrap": "comma"}),
        ({"log-wrap": "Ctrl+w,shift+w"}, {"log-wrap": "ctrl+w,W"}),
    ],
    ids=["one", "clash", "names", "swapped", "elsewhere", "several", "comma", "modifiers"],
)
def test_keys_of_the_file(keys: Mapping[str, str], expected: Mapping[str, str] | None) -> None:
    """One key, several, names or characters; two may change places."""
    if expected is None:
        with pytest.raises(UsageError, match=r"log-wrap and help are both on \?"):
            read_keymap(keys, SECTIONS)
    else:
        assert read_keymap(keys, SECTIONS) == expected


@pytest.mark.parametrize(
    ("keys", "parts"),
    [
        ({"log-warp": "W"}, ["there is no log-warp", "log-wrap"]),
        ({"zzzz": "W"}, ["There are: ", "log-follow, log-wrap"]),
        ({"log-wrap": "esc"}, ['log-wrap = "esc" is no key', "escape"]),
        ({"log-wrap": "control+w"}, ['"control+w" is no key', "ctrl+s"]),
        ({"log-wrap": "a,,b"}, ['log-wrap = "" is no key']),
        ({"log-wrap": "G"}, ["log-wrap and log-follow are both on G"]),
        (
            {"log-wrap": "x"},
            ['log-wrap and Nameless are both on x. "Nameless" (In the log) has it.'],
        ),
        ({"log-wrap": "Q", "log-follow": "Q"}, ["log-wrap", "log-follow", "are both on Q"]),
        ({"log-wrap": "f"}, ["log-wrap and edit-filter are both on f", "Main"]),
        ({"read-now": "w"}, ["read-now and log-wrap are both on w", "In the log"]),
        ({"tree-wide": "q"}, ["tree-wide and quit are both on q"]),
        ({"log-wrap": "escape"}, ["log-wrap and clear are both on escape."]),
        ({"quit": ""}, ["quit needs a key"]),
        ({"help": " "}, ["help needs a key"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_keys_that_make_no_sense(keys: Mapping[str, str], parts: list[str]) -> None:
    """What is wrong, and what is near."""
    with pytest.raises(UsageError) as caught:
        read_keymap(keys, SECTIONS)
    said = f"{caught.value.message} {caught.value.hint}"
    for part in parts:
        assert part in said


def test_built_in_keys_may_share_one() -> None:
    """Nobody is told of what they did not do."""
    shared = Section("Shared", [Binding("q", "quick", "Quick", id="quick")], "main")
    assert read_keymap({"log-wrap": "W"}, (*SECTIONS, shared)) == {"log-wrap": "W"}


def test_bindings_as_they_are_mapped() -> None:
    """Each key once, whatever it was before."""
    keymap = read_keymap({"log-follow": "F,ctrl+f", "log-wrap": ""}, SECTIONS)
    bindings = mapped(LOG.bindings, keymap)
    assert [b.key for b in bindings if has_key(b)] == ["F", "ctrl+f", "x"]
    assert [b.id for b in bindings if not has_key(b)] == ["log-wrap"]


class KeyApp(App[None]):
    """Counts what its keys do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("end,G", "count('follow')", "Newest", id="follow"),
        Binding("w", "count('wrap')", "Wrap", id="wrap"),
        Binding("m", "count('mark')", "Mark", id="mark"),
    ]

    def __init__(self, keys: Mapping[str, str]) -> None:
        super().__init__()
        self.counted: list[str] = []
        self._keys = keys

    def compose(self) -> ComposeResult:
        """A line of keys."""
        yield Static()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Map the keys."""
        self.set_keymap(read_keymap(self._keys, [Section("Keys", self.BINDINGS)]))

    def action_count(self, what: str) -> None:
        """Note what was done."""
        self.counted.append(what)


async def test_mapped_keys_act() -> None:
    """Once each; the former ones do nothing, and one that was taken away is gone."""
    app = KeyApp({"follow": "w,F", "wrap": "G", "mark": ""})
    async with app.run_test() as pilot:
        await pilot.press("w", "F", "G", "end", "m")
        assert app.counted == ["follow", "follow", "wrap"]


class PaletteApp(App[None]):
    """An application with what was saved in its palette."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.preferences = preferences
        self.applied: list[object] = []

    def on_mount(self) -> None:
        """Take the themes."""
        for theme in self.preferences.themes:
            self.register_theme(theme)
        self.theme = self.preferences.theme

    def commands(self) -> dict[str, SystemCommand]:
        """All commands by their titles."""
        take = self.applied.append
        all_commands: list[Iterator[SystemCommand]] = [
            saved_commands(self.preferences, apply_filter=take, apply_view=take),
            saving_commands(
                self, self.preferences, " level>=warn ", NamedView("x", instances=("2",))
            ),
            theme_commands(self, self.preferences),
            target_commands(["old-mq", "new-mq"], take),
        ]
        return {command.title: command for part in all_commands for command in part}


@pytest.fixture
def palette_app(path: Path) -> PaletteApp:
    """One with a saved filter and view of the file, and one of each that was saved in the UI."""
    config = UiConfig(filters={"slow": "level>=warn"}, views={"audit": NamedView(tab="audit")})
    _kept(path, filters={"mine": "late:true"}, views={"my view": NamedView("x")})
    return PaletteApp(Preferences(config, StateFile(path)))


async def test_saved_filters_and_views_are_commands(palette_app: PaletteApp) -> None:
    """They are applied; what was saved in the UI can be forgotten, the file's cannot."""
    async with palette_app.run_test():
        commands = palette_app.commands()
        for title in ("Filter: slow", "Filter: mine", "View: audit", "Tail new-mq"):
            commands[title].callback()
        assert palette_app.applied == [
            "level>=warn", "late:true", NamedView(tab="audit"), "new-mq",
        ]  # fmt: skip
        assert "Forget the filter slow" not in commands
        commands["Forget the filter mine"].callback()
        commands["Forget the view my view"].callback()
        assert not {"Filter: mine", "View: my view"} & set(palette_app.commands())


async def test_saving_asks_for_a_name(palette_app: PaletteApp, path: Path) -> None:
    """One that is taken is replaced, one of the file cannot be had, escape saves nothing."""
    preferences = palette_app.preferences
    async with palette_app.run_test() as pilot:

        def hint() -> str:
            return str(palette_app.screen.query_one("#name-hint", Static).render())

        palette_app.commands()["Save this filter as…"].callback()
        await pilot.pause()
        await pilot.press("enter")
        assert "needs a name" in hint()
        await pilot.press(*"slow", "enter")
        assert "configuration file" in hint()
        assert isinstance(palette_app.screen, NameScreen)
        palette_app.screen.query_one(Input).value = " mine "
        await pilot.pause()
        assert "replaced" in hint()
        await pilot.press("enter")
        await pilot.pause()
        assert preferences.filters["mine"] == "level>=warn"
        palette_app.commands()["Save this view as…"].callback()
        await pilot.pause()
        await pilot.press(*"v2", "enter")
        await pilot.pause()
        assert preferences.views["v2"] == NamedView("x", instances=("2",))
        palette_app.commands()["Save this view as…"].callback()
        await pilot.pause()
        await pilot.press(*"v3", "escape")
        await pilot.pause()
        assert set(preferences.views) == {"audit", "my view", "v2"}
        preferences.save()
        assert set(StateFile(path).state.filters) == {"mine"}


async def test_themes_of_mqtail_come_first(palette_app: PaletteApp, path: Path) -> None:
    """In the list, and each is a command; what is chosen is kept."""
    ours = [theme.name for theme in THEMES]
    async with palette_app.run_test() as pilot:
        assert theme_names(palette_app)[: len(ours)] == ours
        choose_theme(palette_app, palette_app.preferences)
        await pilot.pause()
        assert isinstance(palette_app.screen, CommandPalette)
        await pilot.press("escape")
        command = palette_app.commands()[f"Theme: {LIGHT.name}"]
        assert not command.discover
        command.callback()
        assert palette_app.theme == LIGHT.name
        palette_app.preferences.save()
        assert StateFile(path).state.theme == LIGHT.name
