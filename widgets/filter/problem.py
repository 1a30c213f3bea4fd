"""What is wrong with an expression, under the line that it stands in."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from mqtail.errors import FilterError
from mqtail.printable import printable


class FilterProblem(Static):
    """Says what is wrong with an expression, and points to where where there is room for that."""

    DEFAULT_CSS = """
    FilterProblem { height: auto; max-height: 2; padding: 0 1; }
    """

    def show(self, error: FilterError, column: int, width: int) -> None:
        """Show an error.

        Args:
            error: what is wrong.
            column: the cell of the expression that it is about; -1 where that is out of sight.
            width: cells there are.
        """
        message = f"column {error.column}: {printable(error.problem)}"
        if error.hint:
            message += f" · {printable(error.hint)}"
        # A pointer stands under the column where the message leaves room for it.
        fits = column >= 0 and column + 2 + cell_len(message) < width
        mark = f"{' ' * column}▲ " if fits else "× "
        self.update(Content.assemble((mark, "bold $text-error"), (message, "$text-error")))
