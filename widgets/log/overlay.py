"""What lies under the text of a line: the log, the cursor, the selection."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.log.text import Span

_ON_REVERSE = Style(reverse=False, underline=True)
"""What is selected in a reversed line."""


class Overlay:
    """The styles of one frame that lines are painted on.

    Args:
        base: of the log.
        cursor: of the event with the cursor.
        selection: of what is selected.
        colored: whether there are colours; without them, what is selected is reversed.
    """

    def __init__(
        self,
        base: Style | None = None,
        cursor: Style | None = None,
        selection: Style | None = None,
        *,
        colored: bool = True,
    ) -> None:
        self.base = base or Style()
        self._cursor = self.base + _background(cursor or Style())
        self._selection = _background(selection or Style()) if colored else Style(reverse=True)

    def laid_under(self, strip: Strip, *, is_cursor: bool, selected: Span | None) -> Strip:
        """A line on what lies under it.

        Args:
            strip: the line.
            is_cursor: whether it has the cursor.
            selected: the cells that are selected.
        """
        style, selection = self.base, self._selection
        if is_cursor:
            style = self._cursor
            if style.reverse:
                strip = Strip(Segment.remove_color(strip), strip.cell_length)
                selection = _ON_REVERSE
        if selected is not None:
            strip = _restyled(strip, selected, selection)
        return strip.apply_style(style)


def _background(style: Style) -> Style:
    """What can lie under a text of any colour."""
    return Style(bgcolor=style.bgcolor, reverse=style.reverse, underline=style.underline)


def _restyled(strip: Strip, cells: Span, style: Style) -> Strip:
    """A strip with a style over some of its cells, which wins over theirs."""
    start, end = cells
    middle = [
        Segment(text, style if own is None else own + style)
        for text, own, _ in strip.crop(start, end)
    ]
    return Strip.join([strip.crop(0, start), Strip(middle), strip.crop(end, strip.cell_length)])
