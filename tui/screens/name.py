"""Asks for the name under which something is saved."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from mqtail.printable import printable
from widgets.key_line import KeyLine
from widgets.text_input import TextInput

LONGEST = 60
"""Characters that a name has at most."""


class NameScreen(ModalScreen[str | None]):
    """Gives the name that was typed, None where it was thought better of.

    Args:
        title: what is named.
        saved: what is saved, shown above the name.
        taken: names that would be saved over; it is said.
        pinned: names that cannot be had.
        name: a name to begin with.
    """

    DEFAULT_CSS = """
    NameScreen {
        align: center middle;

        & > Vertical {
            width: 64;
            max-width: 100%;
            height: auto;
            background: $background;
            border: round $primary;
            border-title-color: $text-primary;
            border-title-style: bold;
        }
        & #name-saved { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
        & #name-hint { height: 1; padding: 0 1; color: $text-warning; }
        & Input { margin: 0 1; }
        & KeyLine { dock: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "save",
            "Save",
            key_display="enter",
            priority=True,
            tooltip="Save it under this name",
            id="name-save",
        ),
        Binding(
            "escape",
            "cancel",
            "Cancel",
            key_display="esc",
            tooltip="Save nothing",
            id="name-cancel",
        ),
    ]

    def __init__(
        self,
        title: str,
        saved: str,
        *,
        taken: Collection[str] = (),
        pinned: Collection[str] = (),
        name: str = "",
    ) -> None:
        super().__init__()
        self._title = title
        self._saved = saved
        self._taken = taken
        self._pinned = pinned
        self._suggested = name

    def compose(self) -> ComposeResult:
        """What is saved, the name, and what there is to say about it."""
        box = Vertical(
            Static(Content(printable(self._saved)), id="name-saved"),
            TextInput(self._suggested, placeholder="Name", max_length=LONGEST, compact=True),
            Static(id="name-hint"),
            KeyLine(show_command_palette=False),
        )
        box.border_title = self._title
        yield box

    def action_save(self) -> None:
        """Give the name, once all that was typed has arrived."""
        self.query_one(Input).call_later(self._save)

    def _save(self) -> None:
        """Give the name, if there is one that can be had."""
        name = self._typed
        if not name:
            self._say("It needs a name")
        elif name not in self._pinned:
            self.dismiss(name)

    def action_cancel(self) -> None:
        """Give none."""
        self.dismiss(None)

    @on(Input.Changed)
    def _look_at_name(self) -> None:
        name = self._typed
        if name in self._pinned:
            self._say("The configuration file has that name: change it there")
        else:
            self._say("There is one of that name: it will be replaced" * (name in self._taken))

    @property
    def _typed(self) -> str:
        return printable(self.query_one(Input).value.strip())

    def _say(self, text: str) -> None:
        self.query_one("#name-hint", Static).update(text)
