"""A line to type a query into, above a list that the other keys act on."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input

from widgets.text_input import TextInput

_OF_THE_LIST = {"home", "end", "submit", "copy"}
"""Actions of a line whose keys the list has, or the application."""


class QueryInput(TextInput, inherit_bindings=False):
    """One line of text without blanks; keys that are no text act on the list below."""

    DEFAULT_CSS = """
    QueryInput {
        height: 1; border: none; padding: 0; background: transparent;
        &:focus { border: none; background-tint: transparent; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        binding
        for binding in Binding.make_bindings(Input.BINDINGS)
        if binding.action not in _OF_THE_LIST
    ]

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Blanks are no text, and neither is `?` at the beginning: there it asks for help."""
        if key == "space" or (key == "question_mark" and not self.value):
            return False
        return super().check_consume_key(key, character)

    async def on_key(self, event: events.Key) -> None:
        """Do what a key is bound to at once, so that keys that are typed fast keep their order."""
        if self.check_consume_key(event.key, event.character):
            return
        bound = self.screen.active_bindings.get(event.key)
        if bound is not None:
            event.stop().prevent_default()
            await self.app.run_action(bound.binding.action, bound.node)
