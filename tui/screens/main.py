"""The screen one works with: sources, filter, log, and how things stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Footer, Input

from mqtail.filters import EVERYTHING
from mqtail.printable import printable
from mqtail.settings import Settings
from mqtail.status import ReaderStatus
from tui.conditions import Conditions
from tui.destinations import available, reading_also
from tui.empty import empty_text
from tui.footer import fit
from tui.keys import MAIN_ACTIONS, MAIN_KEYS
from tui.log_side import LogSide
from tui.notices import Notices
from tui.screens.check import CheckScreen
from tui.screens.detail import DetailScreen
from tui.session import TailSession
from tui.setup_check import SetupCheck
from tui.sidebar import Sidebar
from tui.silence import silence, silent_targets
from tui.summary import Rate, present_readers, summary
from widgets.filter_bar import FilterBar
from widgets.instances import InstanceNumbers, number_instances
from widgets.log_view import LogView
from widgets.source_nodes import SourceNode, source_nodes
from widgets.source_tree import SourceTree
from widgets.states import at_work
from widgets.status_line import StatusLine

POLL = 1 / 3
"""Seconds between two looks at the readers."""
HISTORY_MS = 600_000
"""How far back the history goes when no start was asked for."""
SIDEBAR_FROM = 110
"""Width (cells) from which on the sources are shown unless asked otherwise."""

MOST_NOTICES = 2
"""Notices that are shown one by one."""


class MainScreen(Screen[None]):
    """Sources at the left, filter and log at the right, state and keys below.

    Args:
        session: what reads the logs.
        settings: what was asked for.
        now: the time, ms since the epoch.
        check: the setup check; None: there is nothing to check.
    """

    BINDINGS: ClassVar[list[BindingType]] = MAIN_KEYS

    def __init__(
        self,
        session: TailSession,
        settings: Settings,
        now: Callable[[], int],
        check: SetupCheck | None = None,
    ) -> None:
        super().__init__()
        self._session = session
        self._settings = settings
        self._now = now
        self._check = check
        self._since = settings.since if settings.since is not None else now() - HISTORY_MS
        self._zone = settings.timezone
        self._conditions = Conditions.of_settings(settings, EVERYTHING)
        self._numbers: InstanceNumbers = {}
        self._source_nodes: list[SourceNode] = []
        self._notices = Notices(session)
        self._rate = Rate()
        self._sidebar_wanted: bool | None = None
        self._stopped = ""
        self._told_silence = False

    @property
    def conditions(self) -> Conditions:
        """What has to be met to be shown."""
        return self._conditions

    @property
    def instance_numbers(self) -> set[int]:
        """Numbers of the instances that can be chosen."""
        return set(self._numbers.values())

    @property
    def kinds(self) -> set[str]:
        """Kinds of the logs that are read."""
        return {reader.kind for reader in at_work(self._session.readers)}

    @property
    def has_other_destinations(self) -> bool:
        """Whether there are logs that are delivered to a further place and not read there."""
        return bool(available(self._session.readers))

    @property
    def notices(self) -> Sequence[str]:
        """What the session had to tell."""
        return self._notices.kept

    @property
    def has_check(self) -> bool:
        """Whether there is a setup check."""
        return self._check is not None

    def compose(self) -> ComposeResult:
        """All there is."""
        with Horizontal(id="body"):
            yield Sidebar(id="sidebar")
            store, text = self._session.store, self._settings.filter
            yield LogSide(store, text, self._now, self._zone, id="log-side")
        yield StatusLine(id="status")
        yield Footer()

    def on_mount(self) -> None:
        """Apply what the command line asked for, and look at the session from now on."""
        self.set_focus(self._log)
        if self._settings.filter:
            self._conditions = self._with_filter(self._settings.filter) or self._conditions
        if self._conditions.is_any:
            self._apply(self._conditions)
        self.poll()
        self.set_interval(POLL, self.poll)

    def on_resize(self, event: events.Resize) -> None:
        """A narrow terminal has no room for the sources unless they are asked for."""
        wanted = self._sidebar_wanted
        fit(self.query_one(Footer), event.size.width)
        wide = event.size.width >= SIDEBAR_FROM
        self._show_sidebar(wide if wanted is None else wanted)

    def stopped(self, problem: str) -> None:
        """Say that reading ended by an unforeseen error; what was read can still be seen."""
        self._stopped = problem
        self.poll()

    @property
    def _is_over(self) -> bool:
        """Whether nothing more will be read."""
        return bool(self._stopped) or self._session.phase == "ended"

    def poll(self) -> None:
        """Show how the readers are doing."""
        now, readers = self._now(), self._readers
        read = at_work(readers)
        sources = [stream.source for reader in readers for stream in reader.streams.values()]
        self._numbers = number_instances(sources)
        self._log.set_columns(
            targets=list(dict.fromkeys(name for reader in read for name in reader.targets)),
            logs=[(reader.kind, reader.destination) for reader in read],
            instances=self._numbers,
        )
        self._number_instance_asked_for()
        self._source_nodes = source_nodes(readers, self._numbers, self._conditions.shows)
        self._sidebar.show(self._source_nodes, readers, now)
        self._show_notices()
        self._rate.take(now, self._session.store.total, readers)
        self._show_state()
        self._check_silence()

    def _number_instance_asked_for(self) -> None:
        """Take `--instance 3` as the key `3`: of RabbitMQ it is the third node."""
        conditions = self._conditions
        if conditions.instance_number is None and len(conditions.instances) == 1:
            (name,) = conditions.instances
            if name.isdecimal() and int(name) in self._numbers.values():
                self._apply(conditions.toggle_instance(int(name), self._numbers))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is typed, keys are text and not commands."""
        if action == "setup_check" and not self.has_check:
            return False
        return not isinstance(self.focused, Input) or action not in MAIN_ACTIONS

    def action_edit_filter(self) -> None:
        """Type into the filter."""
        self._side.filter_bar.edit()

    def action_search(self) -> None:
        """Type what to search for."""
        self._side.search()

    def action_next_match(self) -> None:
        """Go to the next match of the search."""
        self._side.find_match(forward=True)

    def action_previous_match(self) -> None:
        """Go to the previous match of the search."""
        self._side.find_match(forward=False)

    def action_next_error(self) -> None:
        """Go to the next error; to the newest while following."""
        self._side.find_error(forward=not self._log.follow)

    def action_previous_error(self) -> None:
        """Go to the previous error."""
        self._side.find_error(forward=False)

    def action_instance(self, number: int) -> None:
        """Show only the instances of that number, or all again."""
        if number not in self._numbers.values() and number != self._conditions.instance_number:
            self.notify(f"There is no instance {number} here", severity="warning", timeout=3)
            return
        self._apply(self._conditions.toggle_instance(number, self._numbers))

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
        others = available(self._session.readers)
        chosen = [other for other in others if shows((other.target, other.log), other.kind)]
        if chosen:
            self._read_also(chosen)
        else:
            self.notify("What is shown has no other destinations left to read", timeout=3)

    def action_level(self) -> None:
        """Go on to the next minimum level."""
        self._apply(self._conditions.next_level())

    def action_clear(self) -> None:
        """Go back to the log; there end the search, show everything, clear the filter in turn."""
        filter_alone = Conditions(filter=self._conditions.filter)
        if self.focused is not self._log:
            self.set_focus(self._log)
        elif self._side.searching:
            self._side.end_search()
        elif self._conditions != filter_alone:
            self._apply(filter_alone)
        elif self._side.filter_bar.text.strip():
            self._side.filter_bar.clear()
            self._apply(Conditions())
            self.notify("Filter cleared: f and ↑ bring it back", timeout=4)

    def action_sidebar(self) -> None:
        """Go to the sources, which are shown for it; from there, hide them."""
        tree = self.query_one(SourceTree)
        self._sidebar_wanted = self.focused is not tree
        self._show_sidebar(self._sidebar_wanted)
        if self._sidebar_wanted:
            self.set_focus(tree)

    async def action_help(self) -> None:
        """Show every key."""
        await self.run_action("app.help")

    def action_setup_check(self) -> None:
        """Show why there may be no logs."""
        if self._check is not None:
            self.app.push_screen(CheckScreen(self._check, self._zone))

    def action_read_now(self) -> None:
        """Read at once."""
        if self._is_over:
            self.notify("Reading has ended", severity="warning", timeout=3)
            return
        self._session.read_now()
        self.notify("Reading now", timeout=2)

    @on(FilterBar.Changed, "#filter")
    def _filter_typed(self, event: FilterBar.Changed) -> None:
        conditions = self._with_filter(event.text)
        if conditions is not None and conditions != self._conditions:
            self._apply(conditions)

    @on(FilterBar.Closed, "#filter")
    def _filter_closed(self) -> None:
        self.set_focus(self._log)

    @on(SourceTree.Toggled)
    def _source_toggled(self, event: SourceTree.Toggled) -> None:
        paths = [node.path for node in self._source_nodes]
        self._apply(self._conditions.toggle_path(event.path, paths))

    @on(SourceTree.Wanted)
    def _source_wanted(self, event: SourceTree.Wanted) -> None:
        """Read what is available at a place of the tree, and show it."""
        others, length = available(self._session.readers), len(event.path)
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
            self._session.read_also(log)
        said = printable(reading_also(chosen, self._session.readers))
        self.notify(said, timeout=6, markup=False)
        self.poll()
        return True

    @on(LogView.EventOpened)
    def _event_opened(self, event: LogView.EventOpened) -> None:
        self.app.push_screen(DetailScreen(event.event, self._zone))

    @on(LogView.ModeChanged)
    @on(LogSide.Refiltered)
    def _shows_otherwise(self) -> None:
        self._show_state()

    @property
    def _readers(self) -> Sequence[ReaderStatus]:
        return present_readers(self._session.readers, over=self._is_over)

    @property
    def _sidebar(self) -> Sidebar:
        return self.query_one(Sidebar)

    @property
    def _log(self) -> LogView:
        return self.query_one(LogView)

    @property
    def _side(self) -> LogSide:
        return self.query_one(LogSide)

    def _show_sidebar(self, shown: bool) -> None:
        """Show or hide the sources; hidden ones cannot have the focus."""
        if not shown and self.focused is not None and self._sidebar in self.focused.ancestors:
            self.set_focus(self._log)
        self._sidebar.display = shown

    def _with_filter(self, text: str) -> Conditions | None:
        compiled = self._side.filter_bar.compiled(text, now=self._now(), zone=self._zone)
        if compiled is None or compiled.text == self._conditions.filter.text:
            return None
        return self._conditions.with_filter(compiled)

    def _apply(self, conditions: Conditions) -> None:
        """Show what meets these conditions from now on."""
        self._conditions = conditions
        self._side.apply(conditions)
        self.poll()

    def _show_notices(self) -> None:
        """Show new notices for a moment; many at once would cover the log."""
        new = self._notices.take()
        if len(new) > MOST_NOTICES:
            new = [f"{len(new)} notices: ? lists them"]
        for notice in new:
            self.notify(printable(notice), title="Notice", timeout=8, markup=False)

    def _check_silence(self) -> None:
        """Open the setup check where a target has no logs at all, once and disturbing nobody.

        Where others have some, and none was asked for by its name, it is told instead.
        """
        busy = self.app.screen is not self or isinstance(self.focused, Input)
        if busy or self._check is None or self._check.began:
            return
        targets = self._session.targets
        silent = silent_targets(targets, self._session.readers)
        if not silent:
            return
        said = printable(silence(silent))
        if self._settings.targets or len(silent) == len(targets):
            self.action_setup_check()
            said += ": this is the setup check (escape goes back)"
        elif self._told_silence:
            return
        else:
            self._told_silence = True
            said += ": press c for the setup check"
        self.notify(said, timeout=10, markup=False)

    def _show_state(self) -> None:
        """What the line at the bottom, the count and an empty log say."""
        session, log = self._session, self._log
        store = session.store
        self._side.filter_bar.show_count(len(log.view), len(store), complete=log.view.complete)
        log.placeholder = empty_text(
            phase=session.phase,
            readers=self._readers,
            complete=log.view.complete,
            held=len(store),
            conditions=self._conditions,
            since=self._since,
            zone=self._zone,
            stopped=bool(self._stopped),
            has_check=self.has_check,
        )
        self.query_one(StatusLine).status = summary(
            session,
            self._readers,
            log,
            self._conditions,
            self._rate,
            self._zone,
            self._stopped,
            self._check.failed if self._check else 0,
        )
