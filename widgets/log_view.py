"""The merged log: paints only the rows that can be seen, whatever the size of the buffer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any, ClassVar, Self

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mqtail.events import LogEvent
from mqtail.store import Predicate, SortedEvents, Store, View
from widgets.instances import InstanceNumbers
from widgets.log_row import Columns, Highlights, Row, RowPainter
from widgets.log_styles import ROW_CSS, STYLES
from widgets.log_window import LogWindow
from widgets.placeholder import placeholder_line
from widgets.styles import segment_style

FRAME = 1 / 12
"""Seconds between two looks at the store."""
CURSOR = "▌"
"""Mark of the row with the cursor, in the blank cell before its time."""
SHIFT_STEP = 16
"""Cells that a long line moves sideways at once."""
CACHED_ROWS = 256
"""Painted rows that are kept: a few pages. More would cost the garbage collector more time than
painting them anew."""
NARROW = 90
"""Below this width (cells) the columns are shortened."""


class LogView(ScrollView, can_focus=True):
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

    ALLOW_SELECT = False

    DEFAULT_CSS = (
        """
    LogView {
        background: $background;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;

        & > .log-view--cursor { background: $primary 25%; }
        & > .log-view--cursor-away { background: $primary 15%; }
        & > .log-view--title { color: $text; text-style: bold; }
        & > .log-view--hint { color: $text-muted; }

        &:ansi {
            & > .log-view--hint { text-style: dim; }
            & > .log-view--cursor { background: transparent; text-style: reverse; }
            & > .log-view--cursor-away { background: transparent; text-style: underline; }
        }
    }
    """
        + ROW_CSS
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", tooltip="Hold the view still, and go on"),
        Binding(
            "enter",
            "open",
            "Open",
            show=False,
            key_display="enter",
            tooltip="Show the event in full",
        ),
        Binding("end,G", "follow", "Newest", show=False, tooltip="Follow the newest events"),
        Binding("home", "oldest", "Oldest", show=False, tooltip="Go to the oldest in the buffer"),
        Binding("up", "move(-1)", "Up", show=False, tooltip="One event up"),
        Binding("down", "move(1)", "Down", show=False, tooltip="One event down"),
        Binding("pageup", "page(-1)", "Page up", show=False, tooltip="One page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, tooltip="One page down"),
        Binding("left", "shift(-1)", "Left", show=False, tooltip="Move long lines back"),
        Binding("right", "shift(1)", "Right", show=False, tooltip="Read on in long lines"),
        Binding("y", "copy", "Copy", show=False, tooltip="Copy the event's message"),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"log-view--{name}" for name in STYLES),
        "log-view--cursor",
        "log-view--cursor-away",
        "log-view--title",
        "log-view--hint",
    }

    shift: reactive[int] = reactive(0)
    """Cells by which the texts are moved to the left."""
    placeholder: reactive[tuple[str, ...]] = reactive(())
    """What stands in an empty view: a title, and lines under it."""

    class EventOpened(Message):
        """An event was chosen to be seen in full."""

        def __init__(self, log_view: LogView, event: LogEvent) -> None:
            super().__init__()
            self.log_view = log_view
            self.event = event

        @property
        def control(self) -> LogView:
            """The view that the event is in."""
            return self.log_view

    class ModeChanged(Message):
        """Following or pausing began or ended."""

    def __init__(
        self,
        store: Store,
        zone: tzinfo = UTC,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.rows_rendered = 0
        """Rows painted or taken from the cache so far."""
        self.syncs = 0
        """Times that the screen was brought up to date with the store."""
        self._window = LogWindow(store)
        self._mode = (True, False)
        self._columns = Columns(zone=zone)
        self._filtered: Highlights | None = None
        self._searched: Highlights | None = None
        self._painter: RowPainter | None = None
        self._painted: LRUCache[tuple[int, int], Row] = LRUCache(CACHED_ROWS)
        self._base_style = self._cursor_style = self._arrow_style = Style()
        self._drawing = False

    @property
    def view(self) -> View:
        """The events that pass the filter; filter by `View.refilter`, then call `refiltered`."""
        return self._window.view

    @property
    def rows(self) -> SortedEvents:
        """The events that the rows show: the view, or what it was when the pause began."""
        return self._window.rows

    @property
    def page(self) -> list[LogEvent]:
        """The events on screen, from the top."""
        return self._window.page

    @property
    def cursor(self) -> LogEvent | None:
        """The highlighted event; None while following."""
        return self._window.cursor

    @property
    def follow(self) -> bool:
        """Whether the view stays at the newest event."""
        return self._window.follow

    @property
    def paused(self) -> bool:
        """Whether the rows stay as they were when the pause began."""
        return self._window.paused

    @property
    def waiting(self) -> int:
        """Events that came since the pause began, or below the newest when following ended."""
        return self._window.waiting

    @property
    def inserted_above(self) -> int:
        """Events inserted above what is looked at since following ended."""
        return self._window.inserted_above

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> None:
        """Scroll at once: an animation would go on to rows that have moved in the meantime."""
        super().scroll_to(x, y, **options | {"animate": False})

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """A scroll by the user leaves following, or takes it up again at the end."""
        if self._drawing:
            self.vertical_scrollbar.position = new_value
            return
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) == round(new_value):
            return
        clamped = new_value < old_value and round(new_value) >= self.max_scroll_y
        if not clamped:
            self._window.scroll_to(round(new_value))
            self._draw()

    def set_columns(
        self, *, targets: list[str], logs: list[tuple[str, str]], instances: InstanceNumbers
    ) -> Self:
        """Fit the columns to the sources there are.

        Args:
            targets: names of the targets; a single one is not shown in each row.
            logs: kind and destination of each log.
            instances: number of each instance.
        """
        narrow = self.size.width < NARROW
        return self._use_columns(self._columns.fitted(targets, logs, instances, narrow))

    def set_highlights(
        self, *, filtered: Highlights | None = None, searched: Highlights | None = None
    ) -> Self:
        """Highlight what a filter and a search found in the texts; None: nothing."""
        self._filtered, self._searched = filtered, searched
        self._repaint()
        return self

    def refiltered(self) -> None:
        """The view has got another filter: show it, even while paused."""
        self._window.refiltered()

    def sync(self) -> None:
        """Show what has changed in the store; called once per frame, costs nothing otherwise."""
        if self._window.sync():
            self.syncs += 1
            self._draw()

    async def find(self, wanted: Predicate, *, forward: bool) -> LogEvent | None:
        """Put the cursor on the next event that is wanted, seen from the cursor or the newest.

        Args:
            wanted: what to look for.
            forward: towards newer events, else towards older ones.

        Returns:
            The event that was found, None if there is none on that side.
        """
        found = await self._window.find(wanted, forward=forward)
        if found is not None:
            self._draw()
        return found

    def reveal(self) -> None:
        """Move long lines sideways so that what the search found at the cursor can be seen."""
        row = None if self.cursor is None else self._row(self.cursor)
        if row is None or row.found is None:
            return
        room, (start, end) = self._width - row.head.cell_length, row.found
        if end < room:
            self.shift = 0
        elif not self.shift < start < end < self.shift + room:
            self.shift = max(0, start - room // 2)

    def on_mount(self) -> None:
        """Begin to pull from the store."""
        self.set_interval(FRAME, self.sync)

    def on_resize(self) -> None:
        """Another height shows other rows."""
        self._window.resize(self.scrollable_content_region.height)
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row; a double click opens the event."""
        if not 0 <= event.y < len(self.page):
            return
        chosen = self.page[event.y]
        self._window.go_to(chosen)
        self._draw()
        if event.chain == 2:
            self.post_message(self.EventOpened(self, chosen))

    def on_mouse_scroll_right(self) -> None:
        """Move long lines with the wheel."""
        self.action_shift(1)

    def on_mouse_scroll_left(self) -> None:
        """Move long lines with the wheel."""
        self.action_shift(-1)

    def notify_style_update(self) -> None:
        """Paint anew with the styles of another theme."""
        super().notify_style_update()
        self._repaint()

    def action_pause(self) -> None:
        """Hold the view still, or go on."""
        if self.paused:
            self._window.resume()
        else:
            self._window.pause()
        self._draw()

    def action_open(self) -> None:
        """Show the event under the cursor, or the newest, in full."""
        event = self._window.chosen
        if event is not None:
            self.post_message(self.EventOpened(self, event))

    def action_follow(self) -> None:
        """Follow the newest events; this ends a pause, too."""
        if self.paused:
            self._window.resume()
        self._window.start_following()
        self.shift = 0
        self._draw()

    def action_oldest(self) -> None:
        """Go to the oldest event in the buffer."""
        if len(self.rows):
            self._window.go_to(self.rows[0])
            self.shift = 0
            self._draw()

    def action_move(self, step: int) -> None:
        """Move the cursor by rows."""
        self._window.move(step)
        self._draw()

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._window.move_page(pages)
        self._draw()

    def action_shift(self, steps: int) -> None:
        """Move long lines sideways."""
        widest = max((self._row(event).text.cell_length for event in self.page), default=0)
        head = max((self._row(event).head.cell_length for event in self.page), default=0)
        most = max(0, widest - (self._width - head) + 1)
        self.shift = max(0, min(self.shift + steps * SHIFT_STEP, max(most, self.shift)))

    def action_copy(self) -> None:
        """Copy the message of the event under the cursor, or of the newest."""
        event = self._window.chosen
        if event is not None:
            self.app.copy_to_clipboard(event.message)
            self.notify("Copied the event's message", timeout=2)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint rows; the styles they lie on are worked out once for all of them."""
        self._base_style = self.visual_style.rich_style
        self._arrow_style = segment_style(self, "log-view--more")
        name = "log-view--cursor" if self.has_focus else "log-view--cursor-away"
        cursor = self.get_component_rich_style(name)
        self._cursor_style = self._base_style + Style(
            bgcolor=cursor.bgcolor, reverse=cursor.reverse, underline=cursor.underline
        )
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Paint one row of the viewport."""
        self.rows_rendered += 1
        width = self._width
        if not self.page:
            size = (width, self._window.height)
            styles = (segment_style(self, f"log-view--{name}") for name in ("title", "hint"))
            strip = placeholder_line(self.placeholder, y, size, *styles)
            return strip.apply_style(self._base_style)
        if y >= len(self.page):
            return Strip.blank(width, self._base_style)
        event = self.page[y]
        strip = self._row(event).cropped(self.shift, width, self._arrow_style)
        if event is not self.cursor:
            return strip.apply_style(self._base_style)
        strip = Strip.join([Strip([Segment(CURSOR, self._arrow_style)], 1), strip.crop(1, width)])
        if self._cursor_style.reverse:
            strip = Strip(Segment.remove_color(strip), width)
        return strip.apply_style(self._cursor_style)

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    def _draw(self) -> None:
        """Bring the screen in line with the window: one scroll, one refresh."""
        rows = len(self.rows)
        # Set without a layout of the whole screen: the height of the widget does not change.
        self.set_reactive(LogView.virtual_size, Size(self._width, rows))
        self.vertical_scrollbar.window_virtual_size = rows
        self._drawing = True
        try:
            self.scroll_target_y = self.scroll_y = self._window.top
        finally:
            self._drawing = False
        self._date_rows()
        self.refresh()
        mode = (self.follow, self.paused)
        if mode != self._mode:
            self._mode = mode
            self.post_message(self.ModeChanged())

    def _date_rows(self) -> None:
        """Show the day as well where the rows span more than one."""
        rows, zone = self.rows, self._columns.zone
        if len(rows):
            first, last = (
                datetime.fromtimestamp(rows[at].timestamp // 1000, zone).date() for at in (0, -1)
            )
            self._use_columns(replace(self._columns, dated=first != last))

    def _use_columns(self, columns: Columns) -> Self:
        if columns != self._columns:
            self._columns = columns
            self._repaint()
        return self

    def _repaint(self) -> None:
        """Forget what was painted."""
        self._painter = None
        self._painted.clear()
        self.refresh()

    def _row(self, event: LogEvent) -> Row:
        key = (event.order, event.joined)
        row = self._painted.get(key)
        if row is None:
            if self._painter is None:
                styles = {name: segment_style(self, f"log-view--{name}") for name in STYLES}
                self._painter = RowPainter(styles, self._columns, self._filtered, self._searched)
            row = self._painter.paint(event)
            self._painted[key] = row
        return row
