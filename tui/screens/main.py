"""The screen one works with: sources, filter, log, and how things stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from mqtail.printable import printable
from mqtail.settings import Settings
from mqtail.status import OlderState, ReaderStatus
from tui.empty import empty_text
from tui.freshness import LOOK_S, Freshness, session_news
from tui.keys import MAIN_ACTIONS, MAIN_KEYS
from tui.log_side import LogSide
from tui.notices import Notices, shown_briefly
from tui.preferences import Preferences
from tui.room import Room
from tui.scopes import ALL, CHECK_TAB, LOG_TABS, log_tab
from tui.screens.check import CheckScreen
from tui.screens.detail import DetailScreen, neighbours
from tui.screens.narrowing import NarrowingScreen
from tui.screens.save import SaveScreen
from tui.session import TailSession
from tui.setup_check import SetupCheck
from tui.sidebar import Sidebar
from tui.silence import Remedy, Silence
from tui.summary import Rate, present_readers, summary
from tui.words import Words
from widgets.instances import number_instances
from widgets.key_line import KeyLine
from widgets.log.view import LogView
from widgets.sources.nodes import source_nodes
from widgets.sources.tree import SourceTree
from widgets.states import at_work
from widgets.status_line import StatusLine
from widgets.tab_strip import TABS_FROM, TabStrip


class MainScreen(NarrowingScreen):
    """Tabs above; sources at the left, filter and log at the right; state and keys below.

    Args:
        session: what reads the logs.
        settings: what was asked for.
        check: the setup check; None: there is nothing to check.
        preferences: what the user prefers.
    """

    AUTO_FOCUS = "LogView"
    BINDINGS: ClassVar[list[BindingType]] = MAIN_KEYS

    def __init__(
        self,
        session: TailSession,
        settings: Settings,
        check: SetupCheck | None,
        preferences: Preferences,
    ) -> None:
        super().__init__(session, settings, preferences)
        self._check = check
        self._notices = Notices(session)
        self._rate = Rate()
        self._silence = Silence()
        self._freshness = Freshness()
        self._room = Room(preferences)
        self.polls = 0
        """Times that everything was brought up to date so far."""

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
        tabs = [(tab.id, tab.title) for tab in LOG_TABS]
        yield TabStrip([*tabs, (CHECK_TAB, "Setup check")], ALL.id)
        with Horizontal(id="body"):
            yield Sidebar(id="sidebar")
            yield LogSide(
                self.session.store,
                self._settings.filter,
                lambda: self.session.now,
                self._zone,
                preferences=self._preferences,
                vocabulary=Words(self.session).of,
                id="log-side",
            )
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Apply what the command line asked for, and look at the session from now on."""
        self.set_focus(self.log_view)
        if self._settings.filter:
            self._conditions = self._with_filter(self._settings.filter) or self._conditions
        if self._conditions.is_any:
            self._apply(self._conditions)
        self.poll()
        self.set_interval(LOOK_S, self._look)

    def on_resize(self, event: events.Resize) -> None:
        """A small terminal has no room for the sources and the timeline unless asked for."""
        width, height = event.size
        self._show_sidebar(self._room.shows_sidebar(width))
        self.query_one(TabStrip).display = height >= TABS_FROM
        self._show_timeline(height)

    def stopped(self, problem: str) -> None:
        """Say that reading ended by an unforeseen error; what was read can still be seen."""
        self._stopped = problem
        self.poll()

    def poll(self) -> None:
        """Show how the readers are doing."""
        self.polls += 1
        self._freshness.shown(self._news)
        now, readers, side = self.session.now, self._readers, self.log_side
        read = at_work(readers)
        self._numbers = number_instances(self._sources)
        side.set_columns(
            targets=list(dict.fromkeys(name for reader in read for name in reader.targets)),
            logs=[(reader.kind, reader.destination) for reader in read],
            instances=self._numbers,
        )
        self._number_instance_asked_for()
        self._source_nodes = source_nodes(readers, self._numbers, self._conditions.shows)
        self.query_one(Sidebar).show(self._source_nodes, readers, self._present, self._zone)
        side.show_interruptions(readers)
        side.show_timeline()
        self._show_tabs()
        self._show_notices()
        self._rate.take(now, self.session.store.total, readers)
        self._show_state()
        self._mend_silence()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is typed, keys are text and not commands."""
        if action == "setup_check" and not self.has_check:
            return False
        return not isinstance(self.focused, Input) or action not in MAIN_ACTIONS

    def action_search(self) -> None:
        """Type what to search for."""
        self.log_side.search()

    def action_next_match(self) -> None:
        """Go to the next match of the search."""
        self.log_side.find_match(forward=True)

    def action_previous_match(self) -> None:
        """Go to the previous match of the search."""
        self.log_side.find_match(forward=False)

    def action_next_error(self) -> None:
        """Go to the next error; to the newest while following."""
        self.log_side.find_error(forward=not self.log_view.follow)

    def action_previous_error(self) -> None:
        """Go to the previous error."""
        self.log_side.find_error(forward=False)

    def action_next_marker(self) -> None:
        """Go to the next marker of the timeline."""
        self.log_side.find_moment(forward=True)

    def action_previous_marker(self) -> None:
        """Go to the previous marker of the timeline."""
        self.log_side.find_moment(forward=False)

    def action_bookmark(self) -> None:
        """Bookmark the event under the cursor, or do so no longer."""
        self.log_side.toggle_bookmark()

    def action_next_bookmark(self) -> None:
        """Go to the next bookmark."""
        self.log_side.next_bookmark()

    async def action_next_tab(self) -> None:
        """Show the next tab."""
        await self._step_tab(1)

    async def action_previous_tab(self) -> None:
        """Show the tab before."""
        await self._step_tab(-1)

    async def action_split(self) -> None:
        """Split the tab in another way, or show it in one pane again."""
        if not await self.log_side.split_otherwise(self._shown_sources, self._numbers):
            self.notify("Only one instance, kind and target is shown here", timeout=3)

    def action_timeline(self) -> None:
        """Go to the timeline, which is shown for it; from there, hide it."""
        timeline = self.log_side.timeline
        wanted = self.focused is not timeline
        self._room.want_timeline(wanted)
        self._show_timeline(self.size.height)
        if timeline.display:
            self.set_focus(timeline)
        elif wanted:
            self.notify("The terminal is too low for the timeline", timeout=3)

    def action_sidebar(self) -> None:
        """Go to the sources, which are shown for it; from there, hide them."""
        tree = self.query_one(SourceTree)
        wanted = self.focused is not tree
        self._room.want_sidebar(wanted, self.size.width)
        self._show_sidebar(wanted)
        if wanted:
            self.set_focus(tree)

    async def action_help(self) -> None:
        """Show every key."""
        await self.run_action("app.help")

    def action_setup_check(self) -> None:
        """Show why there may be no logs."""
        if self._check is not None:
            tabs = self.query_one(TabStrip).titled
            self.app.push_screen(CheckScreen(self._check, self._zone, tabs), self._check_left)

    def action_read_now(self) -> None:
        """Read at once."""
        if self._is_over:
            self.notify("Reading has ended", severity="warning", timeout=3)
            return
        self.session.read_now()
        self.notify("Reading now", timeout=2)

    def action_save(self) -> None:
        """Save what is shown to a file."""
        rows = list(self.log_view.rows)
        if not rows:
            self.notify("There is nothing to save", severity="warning", timeout=3)
            return
        self.app.push_screen(SaveScreen(rows, self._zone))

    @on(LogView.EventOpened)
    def _event_opened(self, event: LogView.EventOpened) -> None:
        log, side = self.log_view, self.log_side
        detail = DetailScreen(
            event.event,
            self._zone,
            command=lambda: self.command,
            neighbour=neighbours(lambda: log.rows),
            error=neighbours(lambda: side.pane.errors),
        )
        self.app.push_screen(detail)

    @on(DetailScreen.Moved)
    def _detail_moved(self, event: DetailScreen.Moved) -> None:
        self.log_view.go_to(event.event)

    @on(LogView.TopReached)
    def _top_reached(self) -> None:
        """Read further back than so far."""
        older = self.session.older
        if older.state is OlderState.IDLE:
            self.session.read_older()
        if older.state is not OlderState.READING:
            said = printable(older.reason or "There is nothing older")
            self.notify(said, timeout=4, markup=False)
        self._show_state()

    @on(LogView.ModeChanged)
    @on(LogSide.Refiltered)
    def _shows_otherwise(self) -> None:
        self._show_state()

    @on(StatusLine.Clicked)
    async def _hint_clicked(self, event: StatusLine.Clicked) -> None:
        """Do what a hint of the line at the bottom speaks of."""
        if event.name == "check":
            self.action_setup_check()
        elif event.name == "resume":
            self.log_view.action_pause()
        elif event.name in ("follow", "inserted"):
            self.log_view.action_follow()
        elif event.name == "split":
            await self.log_side.divide(None)
        elif event.name == "context":
            await self.action_context()
        elif event.name == "filters":
            await self.action_clear()
        elif event.name == "state":
            self.action_sidebar()

    @on(TabStrip.Chosen)
    async def _tab_chosen(self, event: TabStrip.Chosen) -> None:
        await self._show_tab(event.tab_id)

    @property
    def _readers(self) -> Sequence[ReaderStatus]:
        return present_readers(self.session.readers, over=self._is_over)

    @property
    def _news(self) -> tuple[object, ...]:
        """Changes with what is to be seen at once; cheap, as it is asked for all the time."""
        at = self.query_one(SourceTree).cursor_line
        return (*self.log_side.versions, session_news(self.session), at, self.focused)

    @property
    def _present(self) -> int:
        """The time, ms; the newest event's where nothing more will come."""
        store = self.session.store
        return store[-1].timestamp if self._is_over and len(store) else self.session.now

    def _look(self) -> None:
        """Show what is new at once, and all that changes with the time once a second."""
        if self._freshness.is_due(self._news):
            self.poll()

    async def _step_tab(self, step: int) -> None:
        shown = self.query_one(TabStrip).shown
        at = shown.index(self.log_side.tab.id) if self.log_side.tab.id in shown else 0
        await self._show_tab(shown[(at + step) % len(shown)])

    async def _show_tab(self, name: str) -> None:
        if name == CHECK_TAB:
            self.action_setup_check()
            return
        await self.log_side.show_tab(log_tab(name))
        self.poll()

    async def _check_left(self, tab: str | None) -> None:
        """Show the tab that was chosen over the setup check."""
        if tab:
            await self._show_tab(tab)

    def _show_tabs(self) -> None:
        """Show the tabs that there is something for, and which one is shown."""
        sources, strip = self._sources, self.query_one(TabStrip)
        shown = [tab.id for tab in LOG_TABS if tab is ALL or any(map(tab.holds, sources))]
        if self.log_side.tab.id not in shown:
            shown.append(self.log_side.tab.id)
        strip.show_only([*shown, CHECK_TAB] if self.has_check else shown)
        strip.active = self.log_side.tab.id

    def _show_sidebar(self, shown: bool) -> None:
        """Show or hide the sources; hidden ones cannot have the focus."""
        sidebar = self.query_one(Sidebar)
        if not shown and self.focused is not None and sidebar in self.focused.ancestors:
            self.set_focus(self.log_view)
        sidebar.display = shown

    def _show_timeline(self, height: int) -> None:
        timeline = self.log_side.timeline
        shown = self._room.shows_timeline(height)
        if not shown and self.focused is timeline:
            self.set_focus(self.log_view)
        timeline.display = shown
        self.log_side.show_timeline()

    def _show_notices(self) -> None:
        """Show new notices for a moment."""
        for notice in shown_briefly(self._notices.take()):
            self.notify(printable(notice), title="Notice", timeout=8, markup=False)

    def _mend_silence(self) -> None:
        """Open the setup check where a target has no logs at all, once and disturbing nobody."""
        busy = self.app.screen is not self or isinstance(self.focused, Input)
        if busy or self._check is None or self._check.began:
            return
        remedy = self._silence.remedy(self.session.targets, self.session.readers)
        if remedy is Remedy.OPEN:
            self.action_setup_check()
            how = "this is the setup check (escape goes back)"
        elif remedy is Remedy.TELL:
            how = "press c for the setup check"
        else:
            return
        self.notify(f"{self._silence.said}: {how}", timeout=10, markup=False)

    def _show_state(self) -> None:
        """What the line at the bottom, the counts and an empty log say."""
        session, log = self.session, self.log_view
        self.log_side.show_counts()
        log.placeholder = empty_text(
            phase=session.phase,
            readers=self._readers,
            complete=log.view.complete,
            held=len(session.store),
            conditions=self._conditions,
            since=self._since,
            zone=self._zone,
            stopped=bool(self._stopped),
            has_check=self.has_check,
            older=session.older,
            notes=session.notes,
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
            now=session.now,
            since=self._since,
            split=self.log_side.split is not None,
            context=self._left is not None,
            tab=self.log_side.tab,
        )
