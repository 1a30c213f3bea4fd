"""Brokers and clusters to choose from, a row for each: paints only the rows that can be seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mqtail.inventory import ListedTarget
from mqtail.printable import printable
from widgets.human import cut
from widgets.log.placeholder import placeholder_line
from widgets.styles import segment_style
from widgets.targets.columns import MARK_WIDTH, Columns
from widgets.targets.rows import Match, Piece, matches, utc

CURSOR = "▌"
"""Mark of the row with the cursor."""
MARKED, UNMARKED = "[x]", "[ ]"


class TargetList(ScrollView, can_focus=False):
    """Shows the targets that a query fits; several can be marked.

    The cursor stays on its target while others come and go; until it is moved, it is on the first.
    Of a query that fits nothing, the one row is the text itself, to be taken as it is.

    It has no keys of its own: what is typed goes to the query.

    Args:
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    TargetList {
        background: $background;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;

        & > .target-list--head { color: $text-muted; }
        & > .target-list--plain { color: $foreground; }
        & > .target-list--name { color: $foreground; text-style: bold; }
        & > .target-list--dim { color: $text-muted; }
        & > .target-list--good { color: $text-success; }
        & > .target-list--busy { color: $text-primary; }
        & > .target-list--warn { color: $text-warning; }
        & > .target-list--bad { color: $text-error; text-style: bold; }
        & > .target-list--match { color: $text-accent; text-style: bold underline; }
        & > .target-list--mark { color: $text-accent; text-style: bold; }
        & > .target-list--bar { color: $text-primary; }
        & > .target-list--cursor { background: $primary 25%; }

        &:ansi {
            & > .target-list--head, & > .target-list--dim { text-style: dim; }
            & > .target-list--cursor { background: transparent; text-style: reverse; }
        }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "target-list--head",
        "target-list--plain",
        "target-list--name",
        "target-list--dim",
        "target-list--good",
        "target-list--busy",
        "target-list--warn",
        "target-list--bad",
        "target-list--match",
        "target-list--mark",
        "target-list--bar",
        "target-list--cursor",
    }

    placeholder: reactive[tuple[str, ...]] = reactive(())
    """What stands below the rows while there are few: a title, and lines under it."""
    now: reactive[int] = reactive(0)
    """The time that ages are counted to, ms since the epoch."""

    class Changed(Message):
        """The cursor is on another row, something else is known of it, or the marks are others."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest counts."""
            return isinstance(message, TargetList.Changed)

    class Chosen(Message):
        """The row under the cursor was chosen with the mouse."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._targets: tuple[ListedTarget, ...] = ()
        self._query = ""
        self._matches: list[Match] = []
        self._columns = Columns(0)
        self._marks: frozenset[str] = frozenset()
        self._cursor = 0
        self._moved = False
        """The user has chosen the row, and it stays under the cursor."""
        self._base_style = self._cursor_style = Style()

    @property
    def cursor(self) -> ListedTarget | None:
        """The target under the cursor; None where there is none."""
        return self._matches[self._cursor].target if self._matches else None

    @property
    def typed(self) -> str:
        """The query where it fits nothing, and can be taken as it is; else empty."""
        return "" if self._matches else self._query.strip()

    @property
    def marked(self) -> frozenset[str]:
        """Ids of the marked targets, whether the query fits them or not."""
        return self._marks & {target.id for target in self._targets}

    @property
    def found(self) -> int:
        """How many targets the query fits."""
        return len(self._matches)

    @property
    def in_view(self) -> tuple[str, ...]:
        """Ids of the targets that can be seen."""
        top = self.scroll_offset.y
        return tuple(match.target.id for match in self._matches[top : top + self._page])

    def show(self, targets: tuple[ListedTarget, ...], query: str) -> None:
        """Show the targets that a query fits, as they are now."""
        if targets is self._targets and query == self._query:
            return
        if query != self._query:
            # The best match is what is meant now.
            self._moved = False
        self._targets, self._query = targets, query
        self._arrange()

    def move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._go_to(self._cursor + rows)

    def move_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._go_to(self._cursor + pages * max(1, self._page - 1))

    def move_to_end(self, *, first: bool) -> None:
        """Move the cursor to the first row, or to the last one."""
        self._go_to(0 if first else len(self._matches) - 1)

    def toggle_mark(self) -> None:
        """Mark the target under the cursor, or take the mark away; the cursor goes on."""
        if self.cursor is not None:
            self._set_marks(self._marks ^ {self.cursor.id})
            self.move(1)

    def toggle_all(self) -> None:
        """Mark all targets that the query fits; where they are, take their marks away."""
        found = frozenset(match.target.id for match in self._matches)
        self._set_marks(self._marks - found if found <= self._marks else self._marks | found)

    def clear_marks(self) -> None:
        """Take all marks away."""
        self._set_marks(frozenset())

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row; in the box, mark it; twice, choose it."""
        row = event.y - 1 + self.scroll_offset.y
        if event.y == 0 or row >= max(len(self._matches), bool(self.typed)):
            return
        self._go_to(row)
        if self._matches and 0 < event.x < MARK_WIDTH:
            self._set_marks(self._marks ^ {self._matches[row].target.id})
        elif event.chain == 2:
            self.post_message(self.Chosen())

    def on_resize(self) -> None:
        """Fit the columns, and keep the cursor in sight."""
        self._fit()
        self._reveal()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint rows; the styles they lie on are worked out once for all of them."""
        self._base_style = self.visual_style.rich_style
        cursor = self.get_component_rich_style("target-list--cursor")
        self._cursor_style = self._base_style + Style(
            bgcolor=cursor.bgcolor, reverse=cursor.reverse
        )
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Paint one row of the viewport; the first are the heads of the columns."""
        width, row = self.scrollable_content_region.width, y - 1 + self.scroll_offset.y
        at_cursor = False
        if y == 0:
            strip = self._strip(self._columns.heads() if self._matches else [])
        elif row < len(self._matches):
            at_cursor = row == self._cursor
            strip = self._row(self._matches[row], at_cursor)
        elif self.typed and row == 0:
            at_cursor = True
            strip = self._strip(self._typed_row(width))
        else:
            rows = len(self._matches) or bool(self.typed)
            size = (width, self.size.height - 1 - rows)
            styles = (self._style(name) for name in ("name", "dim"))
            strip = placeholder_line(self.placeholder, row - rows, size, *styles)
        strip = strip.adjust_cell_length(width)
        if not at_cursor:
            return strip.apply_style(self._base_style)
        if self._cursor_style.reverse:
            strip = Strip(Segment.remove_color(strip), width)
        return strip.apply_style(self._cursor_style)

    @property
    def _page(self) -> int:
        """Rows that there is room for."""
        return max(0, self.scrollable_content_region.height - 1)

    def _arrange(self) -> None:
        """Lay the rows out anew, the cursor on its target where that still is."""
        before, was = self.cursor, self._cursor
        self._matches = matches(self._targets, self._query)
        last = max(0, len(self._matches) - 1)
        self._cursor = min(self._cursor, last) if self._moved else 0
        if self._moved and before is not None:
            ids = (match.target.id for match in self._matches)
            rows = (row for row, id in enumerate(ids) if id == before.id)
            self._cursor = next(rows, self._cursor)
        self._fit()
        if self._moved:
            # What is looked at stays where it is on the screen.
            self.scroll_to(y=self.scroll_offset.y + self._cursor - was, animate=False)
        self._reveal()
        self.refresh()
        self.post_message(self.Changed())

    def _fit(self) -> None:
        width = self.scrollable_content_region.width
        self._columns = Columns.fitting(self._matches, width)
        size = Size(width, len(self._matches) + 1)
        if self.virtual_size != size:
            self.virtual_size = size

    def _go_to(self, row: int) -> None:
        if not self._matches:
            return
        self._moved = True
        self._cursor = max(0, min(row, len(self._matches) - 1))
        self._reveal()
        self.refresh()
        self.post_message(self.Changed())

    def _reveal(self) -> None:
        """Scroll as far as it takes to see the cursor."""
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._page and self._cursor >= top + self._page:
            self.scroll_to(y=self._cursor - self._page + 1, animate=False)

    def _set_marks(self, marks: Iterable[str]) -> None:
        self._marks = frozenset(marks)
        self.refresh()
        self.post_message(self.Changed())

    def _row(self, match: Match, at_cursor: bool) -> Strip:
        marked = match.target.id in self._marks
        return self._strip(
            [
                (CURSOR if at_cursor else " ", "bar"),
                (MARKED if marked else UNMARKED, "mark" if marked else "dim"),
                (" ", "dim"),
                *self._columns.cells(match, utc(self.now)),
            ]
        )

    def _typed_row(self, width: int) -> list[Piece]:
        """The row of a text that fits nothing."""
        text = cut(printable(self.typed), max(8, width - 20))
        return [
            (f"{CURSOR} ", "bar"),
            ("tail ", "plain"),
            (text, "match"),
            (" ", "dim"),
            ("as it is", "plain"),
        ]

    def _strip(self, pieces: Sequence[Piece]) -> Strip:
        return Strip([Segment(text, self._style(style)) for text, style in pieces])

    def _style(self, name: str) -> Style:
        return segment_style(self, f"target-list--{name}")
