"""The lines of the log on the screen: pulled from the store, dressed and painted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from math import ceil
from typing import ClassVar, Self

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.theme import Theme
from textual.widget import Widget

from mqtail.events import LogEvent
from mqtail.store import SortedEvents, Store, View
from widgets.instances import InstanceNumbers
from widgets.log.canvas import Canvas
from widgets.log.columns import Columns
from widgets.log.look import Look
from widgets.log.overlay import Overlay
from widgets.log.placeholder import placeholder_line
from widgets.log.row import Highlights
from widgets.log.rules import Rule, Rules
from widgets.log.selection import Selection
from widgets.log.styles import STYLES
from widgets.log.window import LogWindow
from widgets.styles import KeepsStyles, segment_style

FRAME = 1 / 12
"""Seconds between two looks at the store."""
CURSOR = "▌"
"""Mark of the event with the cursor, in the blank cell before its time."""
BOOKMARK = "◆"
"""Mark of an event with a bookmark."""
CURSOR_AND_BOOKMARK = "◈"
"""Mark of an event with both."""
GAP_MS = 60_000
"""Silence between two neighbouring events, ms, from which on a line tells how long it was."""
TITLES_FROM = 20
"""Height of the terminal (lines) from which on there is room for the names of the columns."""


class LogPage(KeepsStyles, ScrollView, can_focus=True):
    """The part of `LogView` that shows the lines of the log; how one moves in it is not there.

    Args:
        store: the buffer to show.
        zone: zone of the times that are shown.
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"log-view--{name}" for name in STYLES),
        "log-view--cursor",
        "log-view--cursor-away",
        "log-view--selection",
        "log-view--title",
        "log-view--hint",
    }

    shift: reactive[int] = reactive(0)
    """Cells by which the texts are moved to the left."""
    placeholder: reactive[tuple[str, ...]] = reactive(())
    """What stands in an empty view: a title, and lines under it."""
    look: reactive[Look] = reactive(Look(), init=False)
    """Columns, time and wrapping."""
    gap_ms: reactive[int] = reactive(GAP_MS, init=False)
    """Silence, ms, from which on a line tells how long it was; 0: never."""
    bookmarks: reactive[Collection[int]] = reactive(frozenset[int]())
    """`LogEvent.order` of the events that have a bookmark."""
    titles: reactive[tuple[tuple[str, int], ...]] = reactive(())
    """Names and widths (cells) of the columns as shown; none on a low screen."""

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
        self._canvas = Canvas(Columns(zone=zone), self._row_styles)
        self._window = LogWindow(store, self._canvas.block)
        self._rules: Sequence[Rule] = ()
        self._selection: Selection | None = None
        self._mode = (True, False)
        self._sources: tuple[list[str], list[tuple[str, str]], InstanceNumbers] = ([], [], {})
        self._overlay = Overlay()
        self._drawing = False
        self._thumb: tuple[int, int, int, bool] | None = None
        """Height of the scroll bar (cells), begin and length of its thumb (eighths), and whether
        there is one, as they were drawn last."""
        self._use_rules()

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
    def chosen(self) -> LogEvent | None:
        """The event under the cursor, the last one on the page where there is none."""
        return self._window.chosen

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

    @property
    def seen(self) -> tuple[int, int] | None:
        """Times (ms) of the first and the last event on the page; None: there is none."""
        return (self.page[0].timestamp, self.page[-1].timestamp) if self.page else None

    @property
    def selected_text(self) -> str:
        """What is selected with the mouse, a line for each line of the log; empty: nothing."""
        if self._selection is None:
            return ""
        return self._selection.text(
            self.rows, self._canvas.text, lambda event: self._canvas.head(event, None).text
        )

    def watch_look(self, look: Look) -> None:
        """Paint anew where the look has changed."""
        canvas = self._canvas
        canvas.look = look
        canvas.columns = replace(canvas.columns, chosen=look.columns)
        if look.wrap:
            self.shift = 0
        self._repaint()

    def watch_gap_ms(self) -> None:
        """Show other gaps."""
        self._use_rules()

    def set_columns(
        self, *, targets: list[str], logs: list[tuple[str, str]], instances: InstanceNumbers
    ) -> Self:
        """Fit the columns to the sources there are.

        Args:
            targets: names of the targets; a single one is not shown in each row.
            logs: kind and destination of each log.
            instances: number of each instance.
        """
        self._sources = (targets, logs, instances)
        return self._use_columns(self._canvas.columns.fitted(*self._sources, self.size.width))

    def set_highlights(
        self, *, filtered: Highlights | None = None, searched: Highlights | None = None
    ) -> Self:
        """Highlight what a filter and a search found in the texts; None: nothing."""
        canvas = self._canvas
        if (filtered, searched) != (canvas.filtered, canvas.searched):
            canvas.filtered, canvas.searched = filtered, searched
            self._repaint()
        return self

    def set_rules(self, rules: Sequence[Rule]) -> None:
        """Show these lines across the log, and no others."""
        if rules != self._rules:
            self._rules = tuple(rules)
            self._use_rules()

    def refiltered(self) -> None:
        """The view has got another filter: show it, even while paused."""
        self._window.refiltered()

    def sync(self) -> None:
        """Show what has changed in the store; called once per frame, costs nothing otherwise."""
        if self._window.sync():
            self.syncs += 1
            self._draw()

    def clear_selection(self) -> None:
        """Select nothing."""
        if self._selection is not None:
            self._selection = None
            self.refresh()

    def on_mount(self) -> None:
        """Take up what was set before, and begin to pull from the store."""
        self.watch_look(self.look)
        self._use_rules()
        self.set_interval(FRAME, self._pull)
        self.app.theme_changed_signal.subscribe(self, self._theme_changed)

    def on_show(self) -> None:
        """Show what came while the view was hidden."""
        self.sync()

    def on_resize(self) -> None:
        """Another size shows other lines."""
        region = self.scrollable_content_region
        self._canvas.width = region.width
        if self.look.wrap:
            self._canvas.clear()
        self._window.resize(region.height)
        self._use_columns(self._canvas.columns.fitted(*self._sources, self.size.width))
        self._show_titles()
        self._draw()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint lines; the styles they lie on are worked out once for all of them."""
        name = "log-view--cursor" if self.has_focus else "log-view--cursor-away"
        self._overlay = Overlay(
            self.visual_style.rich_style,
            self.get_component_rich_style(name),
            self.get_component_rich_style("log-view--selection"),
            colored=not self.app.no_color,
        )
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Paint one line of the viewport."""
        self.rows_rendered += 1
        overlay, width = self._overlay, self._canvas.width
        if not self.page:
            size = (width, self._window.height)
            styles = (segment_style(self, f"log-view--{name}") for name in ("title", "hint"))
            strip = placeholder_line(self.placeholder, y, size, *styles)
            return strip.apply_style(overlay.base)
        if y >= len(self._window.lines):
            return Strip.blank(width, overlay.base)
        shown, canvas = self._window.lines[y], self._canvas
        strip = canvas.strip(shown, self.shift)
        mark = self._mark(shown.event, shown.line)
        if mark is not None:
            strip = Strip.join([Strip([mark], 1), strip.crop(1, width)])
        selected = None
        if self._selection is not None:
            selected = canvas.selected(shown, self.shift, self._selection)
        is_cursor = shown.event is self.cursor and canvas.is_first(shown)
        return overlay.laid_under(strip, is_cursor=is_cursor, selected=selected)

    def _mode_changed(self) -> None:
        """Following or pausing began or ended."""

    def _pull(self) -> None:
        """Look at the store unless the view is hidden, in another tab for example."""
        shown = (node.display for node in self.ancestors_with_self if isinstance(node, Widget))
        # What is asked twelve times a second is cheap where there is nothing new.
        if self._window.is_behind and all(shown):
            self.sync()

    def _draw(self) -> None:
        """Bring the screen in line with the window: one scroll, one refresh."""
        self._date_rows()
        # The last page is reached with the last row, however many lines its events take.
        rows = len(self.rows) - len(self.page) + self._window.height
        # Set without a layout of the whole screen: the height of the widget does not change.
        self.set_reactive(LogPage.virtual_size, Size(self._canvas.width, rows))
        self._place_thumb(rows)
        self._drawing = True
        try:
            self.scroll_target_y = self.scroll_y = self._window.top
        finally:
            self._drawing = False
        self._canvas.cursor = self.cursor
        self.refresh()
        mode = (self.follow, self.paused)
        if mode != self._mode:
            self._mode = mode
            self._mode_changed()

    def _place_thumb(self, rows: int) -> None:
        """Bring the scroll bar in line with the window; it is painted only where that shows.

        Args:
            rows: height of all that can be scrolled, lines.
        """
        bar, top = self.vertical_scrollbar, self._window.top
        bar.set_reactive(ScrollBar.window_virtual_size, rows)
        bar.set_reactive(ScrollBar.position, float(top))
        # In the eighths of a cell that it is drawn with.
        height, lines = bar.size.height, min(bar.window_size, rows)
        thumb = max(1.0, height * lines / max(1, rows))
        start = int(8 * (height - thumb) * top / max(1, rows - lines))
        drawn = (height, start, ceil(8 * thumb), rows > lines)
        if drawn != self._thumb:
            self._thumb = drawn
            bar.refresh()

    def _date_rows(self) -> None:
        """Show the day as well where the rows span more than one."""
        rows, columns = self.rows, self._canvas.columns
        if len(rows):
            first, last = (
                datetime.fromtimestamp(rows[at].timestamp // 1000, columns.zone).date()
                for at in (0, -1)
            )
            self._use_columns(replace(columns, dated=first != last))

    def _use_columns(self, columns: Columns) -> Self:
        if columns != self._canvas.columns:
            self._canvas.columns = columns
            self._repaint()
        return self

    def _theme_changed(self, _: Theme) -> None:
        self._canvas.restyle()
        self._repaint()

    def _use_rules(self) -> None:
        self._canvas.rules = Rules(self._rules, self.gap_ms)
        self._window.relayout()
        self.refresh()

    def _repaint(self) -> None:
        """Forget what was painted, and measure the page anew."""
        self._canvas.clear()
        self._window.relayout()
        self._show_titles()
        self.refresh()

    def _show_titles(self) -> None:
        if self.is_mounted:
            low = self.app.size.height < TITLES_FROM
            self.titles = () if low else self._canvas.columns.titles

    def _mark(self, event: LogEvent, line: int) -> Segment | None:
        """What stands in the first cell of a line."""
        if line < 0:
            return None
        bookmarked = line == 0 and event.order in self.bookmarks
        if event is self.cursor:
            mark = CURSOR_AND_BOOKMARK if bookmarked else CURSOR
        elif bookmarked:
            mark = BOOKMARK
        else:
            return None
        return Segment(mark, self._canvas.style("bookmark" if bookmarked else "more"))

    def _row_styles(self) -> Mapping[str, Style]:
        return {name: segment_style(self, f"log-view--{name}") for name in STYLES}
