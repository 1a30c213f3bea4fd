"""The line that is typed into: its keys, and when editing begins and ends."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.text_input import TextInput


class FilterInput(TextInput):
    """One line of text that gives up the focus at once when it is kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "submit",
            "Keep",
            key_display="enter",
            tooltip="Keep it, go to the log",
            id="filter-keep",
        ),
        Binding(
            "escape",
            "undo",
            "Undo",
            tooltip="Back to the log, with the text as it was",
            id="filter-undo",
        ),
        Binding(
            "tab",
            "complete(1)",
            "Complete",
            tooltip="Complete what is typed; again: the next candidate",
            id="filter-complete",
        ),
        Binding(
            "shift+tab",
            "complete(-1)",
            "Previous candidate",
            show=False,
            tooltip="The candidate before",
            id="filter-complete-back",
        ),
        Binding(
            "up",
            "recall(1)",
            "Earlier",
            tooltip="Bring back an earlier text; where some is typed, one that begins with it",
            id="filter-earlier",
        ),
        Binding(
            "down",
            "recall(-1)",
            "Later",
            show=False,
            tooltip="A later text; then to the log",
            id="filter-later",
        ),
    ]

    value_before = ""
    """What stood in it when editing began."""

    class Undone(Message):
        """What was typed is to be taken back."""

    class Completed(Message):
        """A candidate so many steps further on is to be taken."""

        def __init__(self, steps: int) -> None:
            super().__init__()
            self.steps = steps

    class Confirmed(Message):
        """The candidate that was taken is the right one."""

    class Recalled(Message):
        """A text from so many steps further back is to be shown."""

        def __init__(self, steps: int) -> None:
            super().__init__()
            self.steps = steps

    def on_focus(self, event: events.Focus) -> None:
        """Remember the text; not when only the terminal's window was left and entered again."""
        if not event.from_app_focus:
            self.value_before = self.value

    async def on_key(self, event: events.Key) -> None:
        """End editing at once: keys that are on their way here already are left to the screen."""
        if self.screen.focused is not self:
            event.prevent_default()
        elif event.key == "enter":
            event.stop().prevent_default()
            await self.action_submit()

    async def action_submit(self) -> None:
        """Keep the text."""
        await super().action_submit()
        self.screen.set_focus(None)

    def action_undo(self) -> None:
        """Take back what was typed."""
        self.screen.set_focus(None)
        self.post_message(self.Undone())

    def action_complete(self, steps: int) -> None:
        """Ask for the next candidate, or for the one before; the focus stays here."""
        self.post_message(self.Completed(steps))

    def action_cursor_right(self, select: bool = False) -> None:
        """Go on by a character; at the end, with the candidate that was taken."""
        if self.cursor_at_end and not select:
            self.post_message(self.Confirmed())
        super().action_cursor_right(select)

    def action_recall(self, steps: int) -> None:
        """Ask for an earlier text, or for a later one."""
        self.post_message(self.Recalled(steps))
