"""One event in full: sections that fold, and a cursor that copies what it is on."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.message import Message

from mqtail.printable import printable
from widgets.detail.document import RAW
from widgets.detail.keys import DETAIL_KEYS
from widgets.detail.scroll import LEFT, RIGHT, DetailScroll
from widgets.detail.styles import DETAIL_CSS

GROWN_S = 1.0
"""Seconds between two looks at whether lines were joined to the event."""


class EventDetail(DetailScroll):
    """Shows an event: when and how severe, what it means, its text, JSON, fields, and as received.

    Everything is a row; only rows in sight are painted. What is folded, and the row that the
    cursor is on, are the same when another event is shown.

    Args:
        event: the event.
        zone: zone of the times that are shown.
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    DEFAULT_CSS = DETAIL_CSS

    BINDINGS: ClassVar[list[BindingType]] = DETAIL_KEYS

    class FilterWanted(Message):
        """A condition is to be added to the filter."""

        def __init__(self, event_detail: EventDetail, expression: str) -> None:
            super().__init__()
            self.event_detail = event_detail
            self.expression = expression

        @property
        def control(self) -> EventDetail:
            """The detail that it was found in."""
            return self.event_detail

    def on_mount(self) -> None:
        """Look from time to time whether lines were joined to the event."""
        self.set_interval(GROWN_S, self._take_growth)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show what copies the row under the mouse."""
        self._hover(self._row_under(event.y))

    def on_leave(self) -> None:
        """The mouse is on no row any more."""
        self._hover(None)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row; its marks fold, unfold and copy; an address opens."""
        event.prevent_default()
        row = self._row_under(event.y)
        if event.button != 1 or self.selected_text or row is None:
            return
        self._go_to(row)
        if event.x >= self._width - RIGHT:
            self.action_copy()
        elif self.row.url and self._is_on_text(event):
            self.action_page()
        elif self.row.folded is not None and self._is_on_fold(event):
            self._fold(not self.row.folded)

    def action_move(self, step: int) -> None:
        """Move by rows; by lines in one that is taller than the screen."""
        first, end = self._laid.span(self._cursor)
        top, height = self.scroll_offset.y, self._height
        if (step > 0 and end > top + height and first <= top) or (
            step < 0 and first < top and end >= top + height
        ):
            self.scroll_to(y=top + step, animate=False, immediate=True)
        else:
            self._go_to(self._cursor + step)

    def action_page(self) -> None:
        """Open the page that explains the event."""
        if page := self._document.page:
            self.app.open_url(page)
            self.notify(f"Opening {printable(page)}", timeout=4, markup=False)
        else:
            self._say("No page is known for this event")

    def action_scroll_page(self, pages: int) -> None:
        """Move by pages."""
        by = pages * max(1, self._height - 1)
        top = self.scroll_offset.y
        line = max(top, min(self._laid.span(self._cursor)[0], top + self._height - 1))
        self.scroll_to(y=top + by, animate=False, immediate=True)
        self._go_to(self._laid.row_at(line + by))

    def action_first(self) -> None:
        """Go to the first row."""
        self._go_to(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self._go_to(len(self._laid.rows) - 1)

    def action_fold(self) -> None:
        """Fold or unfold; open an address."""
        if self.row.url:
            self.action_page()
        elif self.row.folded is not None:
            self._fold(not self.row.folded)
        else:
            self._say("There is nothing to fold here")

    def action_outer(self) -> None:
        """Fold what is unfolded; from inside, go to what it is in."""
        row, level = self._cursor, self.row.level
        if self.row.folded is False:
            self._fold(True)
            return
        while row > 0 and self._laid.rows[row].level >= level:
            row -= 1
        self._go_to(row)

    def action_inner(self) -> None:
        """Unfold what is folded; from there, go in."""
        if self.row.folded:
            self._fold(False)
        elif self.row.folded is False:
            self._go_to(self._cursor + 1)

    def action_fold_all(self) -> None:
        """Unfold all of the JSON, or fold it."""
        keys = self._document.json_keys
        if not keys:
            self._say(
                "There is nothing in this event's JSON to fold"
                if self._document.json_text
                else "There is no JSON in this event"
            )
            return
        open_keys = {row.key for row in self._laid.rows if row.folded is False}
        fold = open_keys.issuperset(keys)
        self._folds |= {"json": False, **dict.fromkeys(keys, fold)}
        self._lay_out()

    def action_original(self) -> None:
        """Show the event as it was received, and go there; or go back to the top without it."""
        folded = self._folds.get(RAW) is False
        self._folds[RAW] = folded
        self._lay_out()
        self._cursor = 0 if folded else self._laid.row_of(RAW) or 0
        self.call_after_refresh(self._scroll_cursor_to, 0)

    def action_copy(self) -> None:
        """Copy what is selected, else what the cursor is on."""
        if selected := self.selected_text:
            self._copy(selected, "what is selected")
        else:
            self._copy(self.row.value(), self.row.what)

    def action_copy_json(self) -> None:
        """Copy the JSON of the event as it was received."""
        if text := self._document.json_text:
            self._copy(text, "the JSON")
        else:
            self._say("There is no JSON in this event")

    def action_filter(self, exclude: bool) -> None:
        """Add what the cursor is on to the filter, or exclude it there."""
        expression = self.row.filter()
        if not expression:
            self._say("Go to a field or to a text in JSON: that can be filtered for")
            return
        self.post_message(self.FilterWanted(self, f"not {expression}" if exclude else expression))

    def _take_growth(self) -> None:
        """Show lines that were joined to the event meanwhile."""
        if len(self._event.message) != self._size_taken:
            self.show(self._event)

    def _fold(self, folded: bool) -> None:
        """Fold or unfold the row under the cursor."""
        self._folds[self.row.key] = folded
        self._lay_out()

    def _is_on_text(self, event: events.Click) -> bool:
        """Whether a click is on the text of its row."""
        line = self._laid.lines[event.y + self.scroll_offset.y]
        x = event.x - LEFT - line.indent
        return 0 <= x < cell_len(self._laid.plain(line))

    def _is_on_fold(self, event: events.Click) -> bool:
        """Whether a click folds: anywhere on a heading, on the mark of what is inside, twice."""
        x = event.x - LEFT - self.row.indent
        return self.row.level == 1 or 0 <= x < 2 or event.chain == 2

    def _copy(self, text: str, what: str) -> None:
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self.app.copy_to_clipboard(text)
        self.notify(printable(f"Copied {what}"), timeout=2, markup=False)

    def _say(self, text: str) -> None:
        self.notify(text, timeout=3, markup=False)
