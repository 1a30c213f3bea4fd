"""The names of the log's columns, in one line above it."""

from __future__ import annotations

from rich.cells import set_cell_size
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from widgets.log.page import TITLES_FROM
from widgets.log.view import LogView


class LogHeader(Widget):
    """Names the columns of a log view; hides itself on a low screen.

    Args:
        log_view: the view that it stands above.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    DEFAULT_CSS = """
    LogHeader {
        height: 1;
        background: $surface;
        color: $text-muted;

        &:ansi { text-style: dim; }
    }
    """

    def __init__(
        self, log_view: LogView, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._log_view = log_view

    def on_mount(self) -> None:
        """Go along with the columns of the view."""
        self.watch(self._log_view, "titles", self._show)

    def render_line(self, y: int) -> Strip:
        """The names, each as wide as its column."""
        text = "".join(set_cell_size(name, width) for name, width in self._log_view.titles)
        style = self.visual_style.rich_style
        strip = Strip([Segment(text, style)])
        return strip.crop_extend(0, self.size.width, style)

    def _show(self, titles: tuple[tuple[str, int], ...]) -> None:
        # Not as long as there are no names: each change of it lays the whole screen out.
        self.display = bool(titles) or self.app.size.height >= TITLES_FROM
        self.refresh()
