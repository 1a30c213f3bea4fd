"""All keys there are, by the part of the UI that they work in: for the help and the keymap."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from tui.keymap import Section
from tui.keys import APP_KEYS, FIND_KEYS, NARROW_KEYS, SCREEN_KEYS
from tui.screens.check import CheckScreen
from tui.screens.chooser import ChooserScreen
from tui.screens.detail import DetailScreen
from tui.screens.help import HelpScreen
from tui.screens.name import NameScreen
from tui.screens.save import SaveScreen
from tui.screens.switch import SwitchScreen
from widgets.checks.detail import CheckDetail
from widgets.checks.list import CheckList
from widgets.checks.pane import CheckPane
from widgets.detail.view import EventDetail
from widgets.filter.input import FilterInput
from widgets.log.view import LogView
from widgets.sources.tree import SourceTree
from widgets.timeline.view import Timeline

SECTIONS = (
    Section("In the log", LogView.BINDINGS, "main/log"),
    Section("Find", FIND_KEYS, "main"),
    Section("Narrow down", NARROW_KEYS, "main"),
    Section("Screen", SCREEN_KEYS, "main"),
    Section("While typing", FilterInput.BINDINGS, "main/filter"),
    Section("In the timeline", Timeline.BINDINGS, "main/timeline"),
    Section("In the sources", SourceTree.BINDINGS, "main/sources"),
    Section("In an event", (*EventDetail.BINDINGS, *DetailScreen.BINDINGS), "detail"),
    Section(
        "In the setup check",
        (
            *CheckList.BINDINGS,
            *CheckPane.BINDINGS,
            *CheckDetail.BINDINGS,
            *CheckScreen.BINDINGS,
        ),
        "check",
    ),
    Section("In the chooser", ChooserScreen.BINDINGS, "chooser"),
    Section("While choosing a region or profile", SwitchScreen.BINDINGS, "switch"),
    Section("While saving", SaveScreen.BINDINGS, "save"),
    Section("While naming what is saved", NameScreen.BINDINGS, "name"),
    Section("In the help", HelpScreen.BINDINGS, "help"),
    Section("Everywhere", APP_KEYS),
)

_PLACES = ((ChooserScreen, "chooser"), (CheckScreen, "check"), (DetailScreen, "detail"))


def place_of(screen: Screen[Any]) -> str:
    """The place of the sections that are about a screen; `main` for one without its own keys."""
    return next((place for kind, place in _PLACES if isinstance(screen, kind)), "main")
