"""The merged log: paints only the rows that can be seen, whatever the size of the buffer."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer

from mqtail.events import LogEvent
from widgets.log.keys import LOG_KEYS
from widgets.log.lines import PageLine
from widgets.log.look import Look
from widgets.log.page import CURSOR, FRAME, GAP_MS
from widgets.log.scroll import LogScroll
from widgets.log.selection import Drag, Selection
from widgets.log.styles import ROW_CSS

__all__ = ["CURSOR", "GAP_MS", "LogView"]

SHIFT_STEP = 16
"""Cells that a long line moves sideways at once."""
OPEN_AFTER = 0.3
"""Seconds that a double click waits for a third one, which selects the line instead."""
WHOLE_LINE = 1 << 30
"""A character behind the end of every line."""
EDGE_SPEED = 2
"""Lines that the log scrolls per frame for each line that the mouse is drawn beyond its edge."""


class LogMessage(Message):
    """Something that a log view tells."""

    def __init__(self, log_view: LogView) -> None:
        super().__init__()
        self.log_view = log_view

    @property
    def control(self) -> LogView:
        """The view that tells it."""
        return self.log_view


class LogView(LogScroll):
    """Shows the events of a store in time order, and follows the newest until it is scrolled up.

    Late events are inserted where they belong, so rows move. What is being looked at does not:
    the view holds on to an event and asks where it is now.

    Args:
        store: the buffer to show.
        zone: zone of the times that are shown.
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    DEFAULT_CSS = (
        """
    LogView {
        background: $background;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;

        & > .log-view--cursor { background: $primary 25%; }
        & > .log-view--cursor-away { background: $primary 15%; }
        & > .log-view--selection { background: $primary 45%; }
        & > .log-view--title { color: $text; text-style: bold; }
        & > .log-view--hint { color: $text-muted; }

        &:ansi {
            & > .log-view--hint { text-style: dim; }
            & > .log-view--cursor { background: transparent; text-style: reverse; }
            & > .log-view--cursor-away { background: transparent; text-style: underline; }
            & > .log-view--selection { background: transparent; text-style: reverse; }
        }
    }
    """
        + ROW_CSS
    )

    BINDINGS: ClassVar[list[BindingType]] = LOG_KEYS

    class EventOpened(LogMessage):
        """An event was chosen to be seen in full."""

        def __init__(self, log_view: LogView, event: LogEvent) -> None:
            super().__init__(log_view)
            self.event = event

    class LookChanged(LogMessage):
        """A key has changed the look."""

        def __init__(self, log_view: LogView, look: Look) -> None:
            super().__init__(log_view)
            self.look = look

    class Moved(LogMessage):
        """The user has moved: the cursor, the page, or to and from the newest event."""

        def can_replace(self, message: Message) -> bool:
            """Only where it is in the end counts."""
            return isinstance(message, LogView.Moved) and message.log_view is self.log_view

    class TopReached(LogMessage):
        """Something older was asked for than the oldest row."""

        def can_replace(self, message: Message) -> bool:
            """To ask once is enough."""
            return isinstance(message, LogView.TopReached) and message.log_view is self.log_view

    class ModeChanged(LogMessage):
        """Following or pausing began or ended."""

    _drag: Drag | None = None
    """The selection that is being drawn."""
    _pressed: PageLine | None = None
    """The line that the mouse was pressed on: another one may be there when it is released."""
    _was_dragged = False
    """Whether the mouse has moved since it was pressed: then it is no click."""
    _opening: Timer | None = None
    """Opens the event that was clicked twice."""
    _edge_timer: Timer | None = None
    """Scrolls while the mouse is held beyond the edge."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape belongs to the screen unless something is selected."""
        return action != "end_selection" or self._selection is not None

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move by lines, or sideways with shift or ctrl."""
        self._wheel(event, -1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move by lines, or sideways with shift or ctrl."""
        self._wheel(event, 1)

    def on_mouse_scroll_right(self) -> None:
        """Move long lines with the wheel."""
        self.action_shift(1)

    def on_mouse_scroll_left(self) -> None:
        """Move long lines with the wheel."""
        self.action_shift(-1)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A selection may begin here."""
        self._was_dragged = False
        self._pressed = shown = self._shown(event.y)
        if event.button == 1 and shown is not None:
            whole = shown.line == 0 and event.x < self._canvas.columns.head
            points = [self._canvas.point(shown, event.x + at, self.shift) for at in (0, 1)]
            self._drag = Drag(points[0], points[1], event.x, event.y, whole)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select what the mouse is drawn over; the view stays where it is meanwhile."""
        drag = self._drag
        if drag is None or (not self._was_dragged and (event.x, event.y) == (drag.x, drag.y)):
            return
        if not self._was_dragged:
            self._was_dragged = True
            self._window.stay()
            self._moved()
        drag.x, drag.y = event.x, event.y
        self._select_to_pointer()
        outside = not 0 <= event.y < self._window.height
        if outside and self._edge_timer is None:
            self._edge_timer = self.set_interval(FRAME, self._scroll_over_edge)
        elif not outside:
            self._stop_edge_timer()

    def on_mouse_up(self) -> None:
        """The selection stays."""
        if self._drag is not None:
            self._drag = None
            self.release_mouse()
            self._stop_edge_timer()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the event; a double click opens it, a triple one selects the line.

        A click on the count of further lines unfolds them.
        """
        shown = self._pressed
        if self._was_dragged or event.button != 1:
            return
        self.clear_selection()
        self._stop_opening()
        if shown is None:
            return
        point = self._canvas.point(shown, event.x, self.shift)
        self._window.go_to(shown.event)
        self._moved()
        if self._is_on_fold(shown, event.x):
            self._fold(shown.event)
        elif event.chain == 2:
            opened = self.EventOpened(self, shown.event)
            self._opening = self.set_timer(OPEN_AFTER, lambda: self.post_message(opened))
        elif event.chain == 3:
            start, end = point._replace(char=0), point._replace(char=WHOLE_LINE)
            self._selection = Selection(start, end)
            self.refresh()

    def action_pause(self) -> None:
        """Hold the view still, or go on."""
        self.hold(not self.paused)

    def action_open(self) -> None:
        """Show the event under the cursor, or the newest, in full."""
        event = self.chosen
        if event is not None:
            self.post_message(self.EventOpened(self, event))

    def action_follow(self) -> None:
        """Follow the newest events; this ends a pause, too."""
        self.shift = 0
        self.follow_newest()
        self._moved()

    def action_oldest(self) -> None:
        """Go to the oldest event in the buffer."""
        self._ask_for_older(self._window.at_top)
        if len(self.rows):
            self._window.go_to(self.rows[0])
            self.shift = 0
            self._moved()

    def action_move(self, step: int) -> None:
        """Move the cursor by events, or by lines in one that is taller than the screen."""
        window, rows = self._window, self.rows
        on_oldest = not len(rows) or self.cursor is rows[0]
        self._ask_for_older(step < 0 and on_oldest and window.at_top)
        window.move(step)
        self._moved()

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._ask_for_older(pages < 0 and self._window.at_top)
        self._window.move_page(pages)
        self._moved()

    def action_shift(self, steps: int) -> None:
        """Move long lines sideways; wrapped ones stay."""
        if self.look.wrap:
            return
        room = self._canvas.width - self._canvas.columns.head
        most = max(0, self._canvas.widest(self._window.lines) - room + 1)
        self.shift = max(0, min(self.shift + steps * SHIFT_STEP, max(most, self.shift)))

    def action_fold(self) -> None:
        """Unfold or fold the event under the cursor, or the newest one with further lines."""
        text = self._canvas.text
        event = self.cursor
        if event is None:
            event = next((one for one in reversed(self.page) if text(one).fold), None)
        if event is None or text(event).fold is None:
            self.notify("There are no further lines to unfold here", timeout=2)
        else:
            self._fold(event)

    def action_fold_all(self) -> None:
        """Unfold or fold every event."""
        unfolded = self._canvas.folds.turn_all()
        self._window.relayout()
        self._draw()
        self.notify(f"All events are {'unfolded' if unfolded else 'folded'}", timeout=2)

    def action_wrap(self) -> None:
        """Wrap long lines, or let them go on to the right."""
        before = [(shown.event, shown.line) for shown in self._window.lines]
        self._change_look(replace(self.look, wrap=not self.look.wrap))
        if before == [(shown.event, shown.line) for shown in self._window.lines]:
            how = "are wrapped" if self.look.wrap else "go on to the right"
            self.notify(f"Long lines {how}; here are none", timeout=2)

    def action_columns(self, step: int) -> None:
        """Show a column more or less."""
        before = self.look
        look = before.more() if step > 0 else before.fewer()
        if look == before:
            self.notify("There are no more columns" if step > 0 else "No column is left", timeout=2)
            return
        (name,) = set(look.columns) ^ set(before.columns)
        widths = self._canvas.columns.widths
        self._change_look(look)
        if self._canvas.columns.widths == widths:
            change = "shown" if step > 0 else "left out"
            self.notify(f"Column {name}: {change} where there is something to tell", timeout=2)

    def action_time(self) -> None:
        """Show another time: of the day, since the event above, from the cursor's event."""
        look = self.look.next_time()
        if "time" not in look.columns:
            self.notify("The column of the time is left out: + shows more columns", timeout=3)
        elif look.time == "cursor" and self.cursor is None:
            self.notify("Times from the cursor's event: up or a click takes one", timeout=3)
        self._change_look(look)

    def action_copy(self) -> None:
        """Copy what is selected, else the message of the event under the cursor, or the newest."""
        text, event = self.selected_text, self.chosen
        if text:
            lines = text.count("\n") + 1
            self.app.copy_to_clipboard(text)
            self.notify(f"Copied {lines:,} line{'' if lines == 1 else 's'}", timeout=2)
        elif event is not None:
            self.app.copy_to_clipboard(event.message)
            self.notify("Copied the event's message", timeout=2)

    def action_end_selection(self) -> None:
        """Select nothing."""
        self.clear_selection()

    def _mode_changed(self) -> None:
        self.post_message(self.ModeChanged(self))

    def _user_moved(self) -> None:
        self.post_message(self.Moved(self))

    def _ask_for_older(self, is_asked: bool) -> None:
        if is_asked:
            self.post_message(self.TopReached(self))

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        event.stop()
        event.prevent_default()
        if event.shift or event.ctrl:
            self.action_shift(direction)
            return
        self._ask_for_older(direction < 0 and self._window.at_top)
        self._scroll_lines(direction * max(1, round(self.app.scroll_sensitivity_y)))

    def _change_look(self, look: Look) -> None:
        self.look = look
        self._draw()
        self.post_message(self.LookChanged(self, look))

    def _fold(self, event: LogEvent) -> None:
        """Fold or unfold an event; what is unfolded at the cursor comes into sight."""
        self._canvas.folds.turn(event)
        self._window.relayout()
        if event is self.cursor:
            self._window.show_cursor()
        self._draw()

    def _shown(self, y: int) -> PageLine | None:
        """The line of the log in a line of the screen."""
        return self._window.lines[y] if 0 <= y < len(self._window.lines) else None

    def _is_on_fold(self, shown: PageLine, x: int) -> bool:
        """Whether a cell shows the count of further lines."""
        fold = self._canvas.text(shown.event).fold
        point = self._canvas.point(shown, x, self.shift)
        inside = x >= self._canvas.columns.head and shown.line >= 0 and point.line == 0
        return fold is not None and inside and fold[0] <= point.char < fold[1]

    def _select_to_pointer(self) -> None:
        """Select from where the mouse was pressed to where it is."""
        drag, lines = self._drag, self._window.lines
        if drag is None or not lines:
            return
        shown = lines[max(0, min(drag.y, len(lines) - 1))]
        points = [self._canvas.point(shown, drag.x + at, self.shift) for at in (0, 1)]
        self._selection = drag.to(*points)
        self.refresh()

    def _scroll_over_edge(self) -> None:
        """Go on scrolling while the mouse is held beyond the edge."""
        if self._drag is not None:
            y, height = self._drag.y, self._window.height
            beyond = y if y < 0 else y - height + 1
            self._window.scroll(EDGE_SPEED * beyond, follow=False)
            self._moved()
            self._select_to_pointer()

    def _stop_edge_timer(self) -> None:
        if self._edge_timer is not None:
            self._edge_timer.stop()
            self._edge_timer = None

    def _stop_opening(self) -> None:
        if self._opening is not None:
            self._opening.stop()
            self._opening = None
