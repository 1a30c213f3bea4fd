"""What the command palette has of the keys: a command for each that does something just now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import Keymap
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input

from tui.keymap import has_key, mapped
from tui.screens.check import CheckScreen
from tui.screens.chooser import ChooserScreen
from tui.screens.detail import DetailScreen
from tui.screens.main import MainScreen
from widgets.checks.list import CheckList
from widgets.checks.pane import CheckPane
from widgets.detail.view import EventDetail


def screen_commands(app: App[Any], screen: Screen[Any], keymap: Keymap) -> Iterator[SystemCommand]:
    """The commands of a screen, and of those parts of it that have keys of their own."""
    for node in _commanded(screen):
        yield from key_commands(app, node, keymap)


def key_commands(app: App[Any], node: DOMNode, keymap: Keymap) -> Iterator[SystemCommand]:
    """A command for each action of a node's own bindings, unless it would do nothing.

    Args:
        app: runs the actions.
        node: the application, a screen or a widget.
        keymap: the keys that the user has in place of those that are built in.
    """
    seen = set()
    for binding in mapped(type(node).__dict__["BINDINGS"], keymap):
        if binding.action in seen or _is_idle(binding.action, node):
            continue
        seen.add(binding.action)
        key = f" ({app.get_key_display(binding)})" if has_key(binding) else ""
        text = binding.tooltip or (binding.group.description if binding.group else "")
        act = partial(_act, app, binding.action, node)
        yield SystemCommand(f"{binding.description}{key}", text, act)


def _commanded(screen: Screen[Any]) -> Sequence[DOMNode]:
    """The parts of a screen whose keys are commands, too."""
    if isinstance(screen, MainScreen):
        return (screen, screen.log_view)
    if isinstance(screen, CheckScreen):
        return (screen.query_one(CheckPane), screen.query_one(CheckList), screen)
    if isinstance(screen, DetailScreen):
        return (screen, screen.query_one(EventDetail))
    return (screen,) if isinstance(screen, ChooserScreen) else ()


def _is_idle(action: str, node: DOMNode) -> bool:
    """Whether a command would do nothing here."""
    name, _, argument = action.removesuffix(")").partition("(")
    if name == "command_palette":
        return True
    if not isinstance(node, MainScreen):
        return False
    if name == "instance":
        return int(argument) not in node.instance_numbers
    if name == "kind":
        return argument.strip("'") not in node.kinds
    if name == "other_destinations":
        return not node.has_other_destinations
    return name == "setup_check" and not node.has_check


async def _act(app: App[Any], action: str, node: DOMNode) -> None:
    """Do what a command is for, also where its key would be text just now."""
    screen = app.screen
    if isinstance(screen, MainScreen) and isinstance(screen.focused, Input):
        screen.set_focus(screen.log_view)
    await app.run_action(action, node)
