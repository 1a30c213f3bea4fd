"""The checks of all targets, a row for each: paints only the rows that can be seen."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mqtail.printable import printable
from widgets.checks.rows import (
    LOOKS,
    TROUBLED,
    CheckRow,
    TargetKey,
    TargetRows,
    in_order,
    tally,
)
from widgets.human import cut, shorten
from widgets.log.placeholder import placeholder_line
from widgets.styles import segment_style

MANY = 12
"""Targets beyond which those where nothing is wrong begin folded."""
CURSOR = "▌"
"""Mark of the row with the cursor."""

Line = tuple[TargetRows, CheckRow | None]
"""A row: a check of a target, or with None the target itself."""


class CheckList(ScrollView, can_focus=True):
    """Shows targets and their checks; the cursor stays on its check while others come and go.

    Until the user moves it, the cursor is on the first check: the one that most needs attention.

    Args:
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    CheckList {
        background: $background;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;

        & > .check-list--fail { color: $text-error; text-style: bold; }
        & > .check-list--unknown { color: $text-accent; text-style: bold; }
        & > .check-list--warn { color: $text-warning; text-style: bold; }
        & > .check-list--running { color: $text-primary; }
        & > .check-list--pass { color: $text-success; }
        & > .check-list--skip { color: $text-muted; }
        & > .check-list--target { color: $foreground; text-style: bold; }
        & > .check-list--title { color: $foreground; }
        & > .check-list--dim { color: $text-muted; }
        & > .check-list--cursor { background: $primary 25%; }
        & > .check-list--cursor-away { background: $primary 15%; }

        &:ansi {
            & > .check-list--dim { text-style: dim; }
            & > .check-list--cursor { background: transparent; text-style: reverse; }
            & > .check-list--cursor-away { background: transparent; text-style: underline; }
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            "Details",
            key_display="enter",
            tooltip="Go to the details; of a target: fold or unfold it",
            id="check-choose",
        ),
        Binding("up", "move(-1)", "Up", show=False, tooltip="One row up", id="check-up"),
        Binding("down", "move(1)", "Down", show=False, tooltip="One row down", id="check-down"),
        Binding(
            "pageup", "page(-1)", "Page up", show=False, tooltip="One page up", id="check-page-up"
        ),
        Binding(
            "pagedown",
            "page(1)",
            "Page down",
            show=False,
            tooltip="One page down",
            id="check-page-down",
        ),
        Binding(
            "home", "first", "First", show=False, tooltip="Go to the first row", id="check-first"
        ),
        Binding("end", "last", "Last", show=False, tooltip="Go to the last row", id="check-last"),
        Binding(
            "left",
            "fold(True)",
            "Fold",
            show=False,
            tooltip="Fold the checks of the target",
            id="check-fold",
        ),
        Binding(
            "right",
            "fold(False)",
            "Unfold",
            show=False,
            tooltip="Show the target's checks",
            id="check-unfold",
        ),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"check-list--{look.name}" for look in LOOKS.values()),
        "check-list--target",
        "check-list--title",
        "check-list--dim",
        "check-list--cursor",
        "check-list--cursor-away",
    }

    placeholder: reactive[tuple[str, ...]] = reactive(())
    """What stands in an empty list: a title, and lines under it."""

    class Highlighted(Message):
        """The cursor is on another row, or something else is known of it."""

    class Chosen(Message):
        """The check under the cursor was chosen."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._targets: tuple[TargetRows, ...] = ()
        self._lines: list[Line] = []
        self._cursor = 0
        self._moved = False
        self._folds: dict[TargetKey, bool] = {}
        """Targets that the user folded, or unfolded."""
        self._base_style = self._cursor_style = Style()

    @property
    def cursor(self) -> Line | None:
        """The row under the cursor; None in an empty list."""
        return self._lines[self._cursor] if self._lines else None

    def show(self, targets: tuple[TargetRows, ...]) -> None:
        """Show the targets as they are now."""
        if targets != self._targets:
            self._targets = targets
            self._arrange()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row; on a target, fold or unfold it."""
        row = event.y + self.scroll_offset.y
        if row < len(self._lines):
            self._go_to(row)
            if self._lines[row][1] is None or event.chain == 2:
                self.action_choose()

    def action_choose(self) -> None:
        """Go to the details of a check; fold or unfold a target."""
        if self.cursor is None:
            return
        target, check = self.cursor
        if check is None:
            self.action_fold(not self._is_folded(target))
        else:
            self.post_message(self.Chosen())

    def action_fold(self, folded: bool) -> None:
        """Fold the checks of the target under the cursor, or show them."""
        if self.cursor is not None:
            target, _ = self.cursor
            self._moved = True
            self._folds[target.key] = folded
            self._arrange()
            self._go_to(self._cursor)

    def action_move(self, step: int) -> None:
        """Move the cursor by rows."""
        self._go_to(self._cursor + step)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._go_to(self._cursor + pages * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Go to the first row."""
        self._go_to(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self._go_to(len(self._lines) - 1)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._fit()
        self._reveal()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint rows; the styles they lie on are worked out once for all of them."""
        self._base_style = self.visual_style.rich_style
        name = "check-list--cursor" if self.has_focus else "check-list--cursor-away"
        cursor = self.get_component_rich_style(name)
        self._cursor_style = self._base_style + Style(
            bgcolor=cursor.bgcolor, reverse=cursor.reverse, underline=cursor.underline
        )
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Paint one row of the viewport."""
        width, row = self.scrollable_content_region.width, y + self.scroll_offset.y
        if not self._lines:
            styles = (self._style(name) for name in ("target", "dim"))
            strip = placeholder_line(self.placeholder, y, (width, self.size.height), *styles)
        elif row >= len(self._lines):
            return Strip.blank(width, self._base_style)
        else:
            target, check = self._lines[row]
            mark = CURSOR if row == self._cursor else " "
            painted = self._target(target, width) if check is None else self._check(check, width)
            strip = Strip([Segment(mark, self._style("running")), *painted])
            if row == self._cursor:
                if self._cursor_style.reverse:
                    strip = Strip(Segment.remove_color(strip), width)
                return strip.apply_style(self._cursor_style)
        return strip.apply_style(self._base_style)

    def _arrange(self) -> None:
        """Lay the rows out anew, the cursor on its check where that still is."""
        before, was = self.cursor, self._cursor
        self._lines = []
        for target, checks in in_order(self._targets):
            self._lines.append((target, None))
            if not self._is_folded(target):
                self._lines += [(target, check) for check in checks]
        self._cursor = self._row_of(before) if self._moved else self._first_check()
        self._fit()
        if self._moved:
            # What is looked at stays where it is on the screen.
            self.scroll_to(y=self.scroll_offset.y + self._cursor - was, animate=False)
        self.refresh()
        if self.cursor != before:
            self.post_message(self.Highlighted())

    def _row_of(self, line: Line | None) -> int:
        """The row of a check or target; of a check that is folded away, that of its target."""
        if line is not None:
            target, check = line
            found = None
            for row, (other, its) in enumerate(self._lines):
                if other.key != target.key:
                    continue
                if its is None:
                    found = row
                if (its and its.id) == (check and check.id):
                    return row
            if found is not None:
                return found
        return max(0, min(self._cursor, len(self._lines) - 1))

    def _first_check(self) -> int:
        rows = (row for row, (_, check) in enumerate(self._lines) if check is not None)
        return next(rows, 0)

    def _go_to(self, row: int) -> None:
        if not self._lines:
            return
        self._moved = True
        before = self.cursor
        self._cursor = max(0, min(row, len(self._lines) - 1))
        self._reveal()
        self.refresh()
        if self.cursor != before:
            self.post_message(self.Highlighted())

    def _reveal(self) -> None:
        """Scroll as far as it takes to see the cursor; a first check with its target."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        first = self._cursor
        if 0 < first < len(self._lines) and self._lines[first - 1][1] is None:
            first -= 1
        if first < top:
            self.scroll_to(y=first, animate=False)
        elif self._cursor >= top + height:
            self.scroll_to(y=self._cursor - height + 1, animate=False)

    def _fit(self) -> None:
        size = Size(self.scrollable_content_region.width, len(self._lines))
        if self.virtual_size != size:
            self.virtual_size = size

    def _is_folded(self, target: TargetRows) -> bool:
        fold = self._folds.get(target.key)
        if fold is None:
            return len(self._targets) > MANY and target.worst not in TROUBLED
        return fold

    def _target(self, target: TargetRows, width: int) -> list[Segment]:
        """Arrow, mark of the worst outcome, name, and how many checks have which outcome."""
        look, arrow = LOOKS[target.worst], "▸" if self._is_folded(target) else "▾"
        name = shorten(printable(target.name), max(8, width - 6 - min(16, width // 3)))
        left = [
            Segment(f"{arrow} ", self._style("dim")),
            Segment(f"{look.mark} ", self._style(look.name)),
            Segment(name, self._style("target")),
        ]
        parts = [
            (text, LOOKS[outcome].name if outcome in TROUBLED else "dim")
            for outcome, text in tally(target.checks)
        ]
        return _spread(left, self._counts(parts, width - 7 - cell_len(name)), width - 1)

    def _counts(self, parts: list[tuple[str, str]], room: int) -> list[Segment]:
        """The counts that fit, from the most important on."""
        segments: list[Segment] = []
        for text, name in parts:
            room -= cell_len(text) + 3
            if room < 0:
                break
            if segments:
                segments.append(Segment(" · ", self._style("dim")))
            segments.append(Segment(text, self._style(name)))
        return segments

    def _check(self, check: CheckRow, width: int) -> list[Segment]:
        """Mark, title, and at the right the id where there is room, or of when the finding is."""
        look = LOOKS[check.outcome]
        title = printable(check.title)
        right = check.id if cell_len(title) + cell_len(check.id) + 11 <= width else ""
        right = check.remark or right
        faded = check.running or check.old
        calm = faded or look.name in ("pass", "skip")
        title = cut(title, width - 9 - cell_len(right))
        left = [
            Segment(f"    {look.mark} ", self._style("dim" if faded else look.name)),
            Segment(title, self._style("dim" if calm else "title")),
        ]
        return _spread(left, [Segment(right, self._style("dim"))], width - 1)

    def _style(self, name: str) -> Style:
        return segment_style(self, f"check-list--{name}")


def _spread(left: list[Segment], right: list[Segment], width: int) -> list[Segment]:
    """Segments at both ends of a row of that width (cells)."""
    used = sum(cell_len(segment.text) for segment in (*left, *right))
    line = [*left, Segment(" " * max(1, width - used - 1)), *right, Segment(" ")]
    return list(Strip(line).adjust_cell_length(width))
