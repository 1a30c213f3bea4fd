"""A line to type into that shows whatever text stands in it."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Input

from mqtail.printable import visible


class TextInput(Input):
    """One line of text; a character that a terminal would obey is shown as another one.

    Textual's own writes it to the terminal: what is pasted, or comes from a log, is not harmless.
    """

    def cells_before(self, position: int) -> int:
        """Cells of the text before a position (characters)."""
        return cell_len(visible(self.value[:position]))

    @property
    def _value(self) -> Text:
        return Text(visible(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return self.cells_before(position)
