"""What the keys, the filter bar and the source tree narrow the log down to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from textual import on
from textual.screen import Screen

from mqtail.events import Level, Source
from mqtail.filters import EVERYTHING
from mqtail.named_views import NamedView
from mqtail.printable import printable
from mqtail.settings import KINDS, Settings
from mqtail.status import ReaderStatus
from tui.conditions import Conditions
from tui.context import Context
from tui.destinations import available, reading_also
from tui.log_side import LogSide
from tui.preferences import Preferences
from tui.scopes import ALL, log_tab
from tui.screens.detail import DetailScreen
from tui.session import TailSession
from tui.view_command import view_command
from widgets.filter.bar import FilterBar
from widgets.instances import InstanceNumbers
from widgets.log.view import LogView
from widgets.sources.nodes import SourceNode
from widgets.sources.tree import SourceTree
from widgets.states import at_work
from widgets.timeline.view import Timeline

_SPAN = re.compile(r"(?:\((.*)\) )?time>=\S+ time<\S+")
"""A filter that was narrowed down to a span, and the one before."""


class NarrowingScreen(Screen[None]):
    """A screen with a `LogSide` whose log is narrowed down by conditions.

    Args:
        session: what reads the logs.
        settings: what was asked for.
        preferences: what the user prefers.
    """

    def __init__(
        self,
        session: TailSession,
        settings: Settings,
        preferences: Preferences,
    ) -> None:
        super().__init__()
        self.session = session
        """What reads the logs."""
        self._settings = settings
        self._preferences = preferences
        self._zone = settings.timezone
        self._since = settings.begin(session.now)
        self._conditions = Conditions.of_settings(settings, EVERYTHING)
        self._numbers: InstanceNumbers = {}
        self._source_nodes: list[SourceNode] = []
        self._left: Context | None = None
        """The view that is gone back to; None: no context is shown."""
        self._stopped = ""

    @property
    def conditions(self) -> Conditions:
        """What has to be met to be shown."""
        return self._conditions

    @property
    def asked_for(self) -> tuple[str, ...]:
        """The targets as they were named."""
        return self._settings.targets

    @property
    def log_side(self) -> LogSide:
        """The log with what belongs to it."""
        return self.query_one(LogSide)

    @property
    def log_view(self) -> LogView:
        """The log that the keys act on."""
        return self.log_side.log_view

    @property
    def instance_numbers(self) -> set[int]:
        """Numbers of the instances that can be chosen."""
        return set(self._numbers.values())

    @property
    def kinds(self) -> set[str]:
        """Kinds of the logs that are read."""
        return {reader.kind for reader in at_work(self.session.readers)}

    @property
    def has_other_destinations(self) -> bool:
        """Whether there are logs that are delivered to a further place and not read there."""
        return bool(available(self.session.readers))

    @property
    def filter_text(self) -> str:
        """The expression of the filter."""
        return self._conditions.filter.text

    @property
    def view(self) -> NamedView:
        """What is shown, and how, to be put under a name."""
        side, conditions = self.log_side, self._conditions
        look, off = side.look, conditions.kinds_off
        return NamedView(
            filter=self.filter_text,
            level=conditions.level.label,
            kinds=tuple(kind for kind in KINDS if kind not in off) if off else (),
            instances=tuple(sorted(conditions.instances)),
            tab=side.tab.id,
            columns=look.columns,
            wrap=look.wrap,
            split=side.split is not None,
        )

    @property
    def command(self) -> str:
        """The command that shows this view again."""
        older, since = self.session.older.reached, self._settings.since
        if not self._settings.files:
            since = min(older, self._since) if older else self._since
        return view_command(
            self._settings,
            self._conditions,
            self.log_side.pane.scope,
            targets=[target.name for target in self.session.targets],
            destinations={reader.destination for reader in at_work(self.session.readers)},
            since=since,
            until=self._settings.until,
        )

    def poll(self) -> None:
        """Show how things stand."""

    def apply_filter(self, text: str) -> None:
        """Put another filter in the place of this one."""
        self.log_side.filter_bar.text = text

    async def apply_view(self, view: NamedView) -> None:
        """Show what a named view shows."""
        side = self.log_side
        await side.show_tab(log_tab(view.tab))
        side.wear(self._preferences.look_of(view))
        settings = replace(
            self._settings,
            instances=view.instances,
            kinds=view.kinds,
            level=Level.named(view.level) if view.level else Level.UNKNOWN,
        )
        with side.filter_bar.prevent(FilterBar.Changed):
            side.filter_bar.text = view.filter
        compiled = side.filter_bar.compiled(view.filter, now=self.session.now, zone=self._zone)
        self._apply(Conditions.of_settings(settings, compiled or EVERYTHING))
        if view.split is not None and view.split != (side.split is not None):
            if view.split:
                await side.split_otherwise(self._shown_sources, self._numbers)
            else:
                await side.divide(None)

    def action_edit_filter(self) -> None:
        """Type into the filter."""
        self.log_side.filter_bar.edit()

    def action_instance(self, number: int) -> None:
        """Show only the instances of that number, or all again; in a split in this pane.

        Where the split was made of one instance, both panes go on to another one together.
        """
        pane, conditions = self.log_side.pane, self._conditions
        known = {*self._numbers.values(), conditions.instance_number, pane.scope.instance}
        if number not in known:
            self.notify(f"There is no instance {number} here", severity="warning", timeout=3)
        elif self.log_side.split and not conditions.instances:
            pane.scope = pane.scope.of_instance(number, self._numbers)
        else:
            self._apply(conditions.toggle_instance(number, self._numbers))

    def action_kind(self, kind: str) -> None:
        """Show a kind of log, or leave it out."""
        if kind not in self.kinds | self._conditions.kinds_off:
            log = "API calls are" if kind == "api" else f"{kind} log is"
            self.notify(f"No {log} read", severity="warning", timeout=3)
            return
        self._apply(self._conditions.toggle_kind(kind))

    def action_other_destinations(self) -> None:
        """Read what is shown from every other place that it is delivered to."""
        shows = self._conditions.shows
        others = available(self.session.readers)
        chosen = [other for other in others if shows((other.target, other.log), other.kind)]
        if chosen:
            self._read_also(chosen)
        else:
            self.notify("What is shown has no other destinations left to read", timeout=3)

    def action_level(self) -> None:
        """Go on to the next minimum level."""
        self._apply(self._conditions.next_level())

    async def action_clear(self) -> None:
        """Go back to the log; there end, one by one, what narrows it down or marks it."""
        side, log = self.log_side, self.log_view
        filter_alone = Conditions(filter=self._conditions.filter)
        if self.focused is not log:
            self.set_focus(log)
        elif log.selected_text:
            log.clear_selection()
        elif side.searching:
            side.end_search()
        elif self._left is not None:
            await self._leave_context(self._left)
        elif self._conditions != filter_alone:
            self._apply(filter_alone)
        elif side.filter_bar.text.strip():
            side.filter_bar.clear()
            self._apply(Conditions())
            self.notify("Filter cleared: f and ↑ bring it back", timeout=4)

    async def action_context(self) -> None:
        """Show everything around the event under the cursor, or go back to the view before."""
        if self._left is not None:
            await self._leave_context(self._left)
            return
        side, event = self.log_side, self.log_side.subject
        if event is None:
            return
        bar, conditions = side.filter_bar, self._conditions
        context = Context(side.tab, side.sides, conditions, bar.text, bar.error, event)
        await self._show_again(Context(ALL, None, Conditions(), "", None, event))
        self._left = context
        self.poll()

    def action_copy_command(self) -> None:
        """Copy the command that shows this view again."""
        command = self.command
        self.app.copy_to_clipboard(command)
        self.notify(printable(f"Copied: {command}"), timeout=6, markup=False)

    async def _leave_context(self, context: Context) -> None:
        self._left = None
        if stopped := context.conditions.filter.stopped:
            # Nobody was told: its regular expression took too long just before it was left.
            conditions = context.conditions.with_filter(EVERYTHING)
            context = replace(context, conditions=conditions, error=stopped)
        await self._show_again(context)

    async def _show_again(self, view: Context) -> None:
        """Show a view, at the event that it was at."""
        side = self.log_side
        await side.show_tab(view.tab)
        if view.split != side.sides:
            await side.divide(view.split)
            side.choose_pane(view.event.source)
        with side.filter_bar.prevent(FilterBar.Changed):
            side.filter_bar.text = view.filter
        side.filter_bar.show_error(view.error)
        self._apply(view.conditions)
        self.log_view.go_to(view.event)
        self.poll()

    @on(FilterBar.Changed, "#filter")
    def _filter_typed(self, event: FilterBar.Changed) -> None:
        conditions = self._with_filter(event.text)
        if conditions is not None and conditions != self._conditions:
            self._apply(conditions)

    @on(FilterBar.Stopped, "#filter")
    def _filter_stopped(self, event: FilterBar.Stopped) -> None:
        """Show everything: what was typed stays, with the reason."""
        if event.filter is self._conditions.filter:
            self._apply(self._conditions.with_filter(EVERYTHING))
            event.bar.show_error(event.filter.stopped)

    @on(FilterBar.Closed, "#filter")
    def _filter_closed(self) -> None:
        self.set_focus(self.log_view)

    @on(Timeline.SpanChosen)
    def _span_chosen(self, event: Timeline.SpanChosen) -> None:
        """Narrow the filter down to a span of time, in the place of one that was chosen before."""
        before = self._sound_filter
        if earlier := _SPAN.fullmatch(before):
            before = earlier[1] or ""
        self._narrow(before, span(event.begin, event.end, self._zone))

    @on(DetailScreen.FilterWanted)
    def _filter_wanted(self, event: DetailScreen.FilterWanted) -> None:
        """Narrow the filter down to what a field of an event says."""
        self._narrow(self._sound_filter, event.expression)

    @property
    def _sound_filter(self) -> str:
        """What stands in the filter bar; where that makes no sense, what is in force."""
        bar = self.log_side.filter_bar
        text = bar.text.strip()
        is_sound = bar.compiled(text, now=self.session.now, zone=self._zone) is not None
        return text if is_sound else self.filter_text.strip()

    def _narrow(self, filter: str, expression: str) -> None:
        """Want what a filter wants, and this as well."""
        text = f"({filter}) {expression}" if filter else expression
        self.log_side.filter_bar.text = text

    @on(SourceTree.Toggled)
    def _source_toggled(self, event: SourceTree.Toggled) -> None:
        paths = [node.path for node in self._source_nodes]
        self._apply(self._conditions.toggle_path(event.path, paths))

    @on(SourceTree.Wanted)
    def _source_wanted(self, event: SourceTree.Wanted) -> None:
        """Read what is available at a place of the tree, and show it."""
        others, length = available(self.session.readers), len(event.path)
        chosen = [log for log in others if (log.target, log.log)[:length] == event.path]
        if self._read_also(chosen):
            conditions, paths = self._conditions, [node.path for node in self._source_nodes]
            for log in chosen:
                conditions = conditions.with_log((log.target, log.log), log.kind, paths)
            if conditions != self._conditions:
                self._apply(conditions)

    def _read_also(self, chosen: Sequence[ReaderStatus]) -> bool:
        """Begin to read logs that are available; tells whether that is possible."""
        if self._is_over:
            self.notify("Reading has ended", severity="warning", timeout=3)
            return False
        for log in chosen:
            self.session.read_also(log)
        said = printable(reading_also(chosen, self.session.readers))
        self.notify(said, timeout=6, markup=False)
        self.poll()
        return True

    @property
    def _is_over(self) -> bool:
        """Whether nothing more will be read."""
        return bool(self._stopped) or self.session.phase == "ended"

    @property
    def _sources(self) -> list[Source]:
        """All sources that were found so far."""
        readers = self.session.readers
        return [stream.source for reader in readers for stream in reader.streams.values()]

    @property
    def _shown_sources(self) -> list[Source]:
        """The sources that the conditions do not leave out."""
        shows = self._conditions.shows
        return [
            source
            for source in self._sources
            if shows((source.target, source.log, *filter(None, [source.instance])), source.kind)
        ]

    def _number_instance_asked_for(self) -> None:
        """Take `--instance 3` as the key `3`: of RabbitMQ it is the third node."""
        conditions = self._conditions
        if conditions.instance_number is None and len(conditions.instances) == 1:
            (name,) = conditions.instances
            if name.isdecimal() and int(name) in self._numbers.values():
                self._apply(conditions.toggle_instance(int(name), self._numbers))

    def _with_filter(self, text: str) -> Conditions | None:
        compiled = self.log_side.filter_bar.compiled(text, now=self.session.now, zone=self._zone)
        if compiled is None or compiled.text == self._conditions.filter.text:
            return None
        return self._conditions.with_filter(compiled)

    def _apply(self, conditions: Conditions) -> None:
        """Show what meets these conditions from now on; what was gone back to is given up."""
        self._left = None
        self._conditions = conditions
        self.log_side.apply(conditions)
        self.poll()


def span(begin: int, end: int, zone: tzinfo) -> str:
    """A filter expression for a span of time.

    Args:
        begin: ms since the epoch, inclusive.
        end: ms, exclusive.
        zone: zone of the times in the expression.
    """
    return f"time>={_moment(begin, zone)} time<{_moment(end, zone)}"


def _moment(ms: int, zone: tzinfo) -> str:
    moment = datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
    return moment.isoformat(timespec="milliseconds" if ms % 1000 else "seconds")
