"""One line of candidates for what is being typed."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from mqtail.printable import printable
from widgets.human import cut
from widgets.styles import segment_style

MORE = "… "


class Candidates(Widget):
    """Shows the page of candidates that the chosen one is on; a click takes one.

    Args:
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    Candidates {
        height: 1;

        & > .candidates--candidate { color: $text-primary; }
        & > .candidates--chosen { color: $text-primary; text-style: bold reverse; }
        & > .candidates--key { color: $text-muted; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "candidates--candidate",
        "candidates--chosen",
        "candidates--key",
    }

    candidates: reactive[tuple[str, ...]] = reactive(())
    """What can be chosen."""
    chosen: reactive[int | None] = reactive(None)
    """Index of the one that is chosen."""
    indent: reactive[int] = reactive(0)
    """Cells before the first one, where there is room for that."""

    class Clicked(Message):
        """A candidate was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def on_click(self, event: events.Click) -> None:
        """Tell which one it was."""
        event.stop()
        index = event.style.meta.get("candidate")
        if index is not None:
            self.post_message(self.Clicked(index))

    def render_line(self, y: int) -> Strip:
        """A page of candidates, with a mark at each end where there are more."""
        width = self.size.width
        key = self._key(width)
        room = width - cell_len(key) - 2 * len(MORE)
        indent = max(1, min(self.indent, room - sum(self._widths)))
        first, end = self._page(room - indent)
        segments = [Segment(" " * indent), self._segment(MORE if first else "", "key")]
        for index in range(first, end):
            meta = Style.from_meta({"candidate": index})
            shown = cut(printable(self.candidates[index]).rstrip(), max(1, room - indent - 1))
            name = "chosen" if index == self.chosen else "candidate"
            segments += [self._segment(shown, name, meta), Segment(" ")]
        segments.append(self._segment(MORE if end < len(self.candidates) else "", "key"))
        used = sum(segment.cell_length for segment in segments)
        segments.append(Segment(" " * max(0, width - used - cell_len(key))))
        line = Strip([*segments, self._segment(key, "key")]).crop(0, width)
        return line.apply_style(self.visual_style.rich_style)

    @property
    def _widths(self) -> list[int]:
        """Cells of each candidate with the blank behind it."""
        return [cell_len(printable(text).rstrip()) + 1 for text in self.candidates]

    def _key(self, width: int) -> str:
        """What chooses, at the right, where there is room for it."""
        if width < 60:
            return ""
        if self.chosen is None:
            return " tab completes "
        return f" {self.chosen + 1} of {len(self.candidates)} "

    def _page(self, room: int) -> tuple[int, int]:
        """The candidates that are shown, from the first to before the last: a page of them."""
        first = used = 0
        for index, width in enumerate(self._widths):
            if used + width > room and index > first:
                if (self.chosen or 0) < index:
                    return first, index
                first, used = index, 0
            used += width
        return first, len(self.candidates)

    def _segment(self, text: str, name: str, meta: Style | None = None) -> Segment:
        return Segment(text, segment_style(self, f"candidates--{name}") + (meta or Style()))
