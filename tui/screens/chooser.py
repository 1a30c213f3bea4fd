"""The screen where one chooses what to tail."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Label, Static

from mqtail.clock import wall_clock_ms
from mqtail.errors import MqtailError, NoSuchTarget
from mqtail.inventory import names_of
from mqtail.printable import printable
from tui.choosing import Choosing, TargetInventory
from tui.failures import unforeseen
from tui.screens.profiles import Profiles
from tui.screens.switch import Choosable, SwitchScreen
from tui.who import who_text
from widgets.key_line import KeyLine
from widgets.targets.detail import TargetDetail
from widgets.targets.list import TargetList
from widgets.targets.query import QueryInput

POLL = 1 / 10
"""Seconds between two looks at what was found."""
INVENTORY = "inventory"
"""Name of the worker that finds out what there is."""
HINT = "type to narrow, or a name, id, ARN or log group"
NOTHING = (
    "ctrl+r: another region · ctrl+o: another profile",
    "or type a name, id, ARN or log group, and press enter",
)
"""What can be done where there is nothing to choose."""


def _hidden(key: str, action: str, name: str, id: str, tooltip: str) -> Binding:
    """A key that the footer has no room for."""
    return Binding(key, action, name, id=id, show=False, tooltip=tooltip)


class ChooserScreen(Screen[None]):
    """Lists brokers and clusters as they are discovered, and lets some be chosen.

    Every key but those that edit a line acts on the list; all others are typed into the query.

    Args:
        choosing: an account and a region, and what there is.
        back: there is something to go back to: escape closes the screen at last.
        query: what stands in the query at first.
        now: the time, ms since the epoch.
    """

    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [  # type: ignore[misc]
        (0, "-low"),
        (20, "-high"),
    ]

    DEFAULT_CSS = """
    ChooserScreen {
        background: $background;

        & #who {
            height: 1; padding: 0 1; background: $surface; color: $text-muted; text-wrap: nowrap;
        }
        & #query { height: 1; background: $surface; }
        & #query:focus-within { background: $surface-lighten-1; }
        & #query Label { width: 3; padding: 0 1; color: $text-primary; text-style: bold; }
        & QueryInput { width: 1fr; }
        & #count { width: auto; padding: 0 1; color: $text-muted; }
        & TargetList { height: 1fr; }
        & #problems {
            height: auto; max-height: 4; padding: 0 1; display: none; color: $text-muted;
        }
        &.-problems #problems { display: block; }
        &.-low #problems { max-height: 2; }
        &.-low TargetDetail { display: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "tail",
            "Tail",
            id="chooser-tail",
            tooltip="Tail what is marked, or else what is under the cursor",
        ),
        Binding(
            "space",
            "mark",
            "Mark",
            id="chooser-mark",
            tooltip="Mark the row under the cursor to tail several; again: take the mark away",
        ),
        Binding(
            "ctrl+a",
            "mark_all",
            "All",
            id="chooser-mark-all",
            tooltip="Mark everything that the query fits; again: take these marks away",
        ),
        Binding(
            "ctrl+r",
            "region",
            "Region",
            id="chooser-region",
            tooltip="Look in another region",
        ),
        Binding(
            "ctrl+o",
            "profile",
            "Profile",
            id="chooser-profile",
            tooltip="Sign in with another profile",
        ),
        Binding(
            "f5,ctrl+l",
            "refresh",
            "Refresh",
            id="chooser-refresh",
            tooltip="Look again what there is; marks are kept",
        ),
        Binding("f1", "app.help", "Help", id="chooser-help", tooltip="Show every key"),
        Binding(
            "question_mark",
            "app.help",
            "Help",
            id="chooser-help-too",
            show=False,
            key_display="?",
            tooltip="Show every key, while nothing is typed",
        ),
        _hidden(
            "escape",
            "clear",
            "Clear",
            "chooser-clear",
            "Clear the query; then the marks; then go back where there is something",
        ),
        # Apart from its other key: every screen has this one, which would be first in the footer.
        Binding(
            "tab",
            "region",
            "Region",
            id="chooser-region-too",
            show=False,
            priority=True,
            tooltip="Look in another region",
        ),
        _hidden("up", "move(-1)", "Up", "chooser-up", "One row up"),
        _hidden("down", "move(1)", "Down", "chooser-down", "One row down"),
        _hidden("pageup", "page(-1)", "Page up", "chooser-page-up", "One page up"),
        _hidden("pagedown", "page(1)", "Page down", "chooser-page-down", "One page down"),
        _hidden("home", "end(True)", "First", "chooser-first", "Go to the first row"),
        _hidden("end", "end(False)", "Last", "chooser-last", "Go to the last row"),
    ]

    class Chosen(Message):
        """What to tail was chosen."""

        def __init__(self, targets: tuple[str, ...]) -> None:
            super().__init__()
            self.targets = targets
            """Names; ids, ARNs or log groups where names would not do."""

    def __init__(
        self,
        choosing: Choosing,
        *,
        back: bool = False,
        query: str = "",
        now: Callable[[], int] = wall_clock_ms,
    ) -> None:
        super().__init__()
        self._query = query
        self._choosing = choosing
        self._back = back
        self._now = now
        self._inventory: TargetInventory = choosing.inventory()
        self._region_shown = ""
        self._looking = False
        self._failure: MqtailError | None = None
        """Why there is nothing, or why finding out came to an end."""
        self._count_shown = ""
        self._problems_shown: tuple[MqtailError, ...] | None = None

    def compose(self) -> ComposeResult:
        """Who we are, the query, the list, what is missing, the row in detail, and the keys."""
        yield Static(id="who")
        with Horizontal(id="query"):
            yield Label(">")
            yield QueryInput(self._query, placeholder=HINT, select_on_focus=False)
            yield Static(id="count", markup=False)
        yield TargetList()
        yield Static(id="problems")
        yield TargetDetail()
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin to find out what there is."""
        self.set_focus(self.query_one(QueryInput))
        self._read()
        self.poll()
        self.set_interval(POLL, self.poll)

    def on_resize(self) -> None:
        """What stands at the top fits the terminal."""
        self._show_who()

    def poll(self) -> None:
        """Show what is new."""
        if self._region_shown != self._choosing.region:
            self._show_who()
        targets = self.query_one(TargetList)
        now = self._now() // 1000 * 1000
        if targets.now != now:
            targets.now = now
            self._show_detail()
        targets.show(self._inventory.targets, self.query_one(QueryInput).value)
        self._inventory.prefer(targets.in_view)
        self._show_placeholder()
        self._show_problems()
        self._show_count()

    def action_tail(self) -> None:
        """Tail what is marked, or else what is under the cursor."""
        targets = self._targets_now()
        chosen = targets.marked
        if not chosen and targets.cursor is not None:
            chosen = frozenset({targets.cursor.id})
        names = names_of(chosen, self._inventory.targets)
        if targets.typed:
            names += (targets.typed,)
        if names:
            self.post_message(self.Chosen(names))

    def action_mark(self) -> None:
        """Mark the row under the cursor."""
        self._targets_now().toggle_mark()

    def action_mark_all(self) -> None:
        """Mark everything that the query fits."""
        self._targets_now().toggle_all()

    def action_clear(self) -> None:
        """Clear the query; then the marks; then go back."""
        query, targets = self.query_one(QueryInput), self._targets_now()
        if query.value:
            query.value = ""
        elif targets.marked:
            targets.clear_marks()
        elif self._back:
            self.dismiss()

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._targets_now().move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._targets_now().move_page(pages)

    def action_end(self, first: bool) -> None:
        """Move the cursor to the first row, or to the last one."""
        self._targets_now().move_to_end(first=first)

    def action_refresh(self) -> None:
        """Find out anew what there is; what was known stands meanwhile."""
        self._inventory = self._choosing.inventory()
        self._read()
        self.poll()

    def action_region(self) -> None:
        """Look in another region."""

        def regions() -> list[Choosable]:
            return [Choosable(region.name, region.title) for region in self._choosing.regions()]

        async def switch(name: str) -> None:
            await self._choosing.switch(region=name)

        self.app.push_screen(
            SwitchScreen("Region", regions, self._choosing.region, switch, anything=True),
            self._switched,
        )

    def action_profile(self) -> None:
        """Sign in with another profile."""
        profiles = Profiles(self._choosing, self.app)
        self.app.push_screen(
            SwitchScreen("Profile", profiles.load, self._choosing.profile, profiles.switch),
            self._switched,
        )

    @on(Input.Changed)
    def _typed(self) -> None:
        self.poll()

    @on(TargetList.Chosen)
    def _chosen(self) -> None:
        self.action_tail()

    @on(TargetList.Changed)
    def _changed(self) -> None:
        self._show_count()
        self._show_detail()

    def _targets_now(self) -> TargetList:
        """The list for what stands in the query: the message that it changed may be on its way."""
        self.poll()
        return self.query_one(TargetList)

    def _switched(self, done: bool | None) -> None:
        if done:
            self.query_one(TargetList).clear_marks()
            self._show_who()
            self.action_refresh()

    def _read(self) -> None:
        """Find out what there is; what is under way of the former inventory ends."""
        self._failure = None
        self._looking = True
        self.run_worker(
            self._run(self._inventory),
            name=INVENTORY,
            group=INVENTORY,
            exclusive=True,
            exit_on_error=False,
            description=INVENTORY,
        )

    async def _run(self, inventory: TargetInventory) -> None:
        failure = None
        try:
            await inventory.run()
        except MqtailError as error:
            failure = error
        except Exception as error:
            # What is known stays.
            failure = unforeseen(error, "Finding out what there is", "F5 tries again.")
        if inventory is self._inventory:
            self._failure, self._looking = failure, False

    def _show_who(self) -> None:
        width = self.size.width - 2
        self._region_shown = self._choosing.region
        self.query_one("#who", Static).update(who_text(self._choosing, width))

    def _show_detail(self) -> None:
        targets = self.query_one(TargetList)
        self.query_one(TargetDetail).show(targets.cursor, targets.now)

    def _show_placeholder(self) -> None:
        """Why there is nothing to choose, and what can be done."""
        targets = self.query_one(TargetList)
        if any(target.service != "cloudtrail" for target in self._inventory.targets):
            texts: tuple[str, ...] = ()
        elif self._failure is not None:
            # Where there is nothing, its hint is for the command line.
            none = isinstance(self._failure, NoSuchTarget)
            hint = () if none or not self._failure.hint else (self._failure.hint,)
            texts = (self._failure.message, *hint, "", *NOTHING)
        elif not self._choosing.region:
            texts = ("Signing in…",)
        else:
            texts = (f"Looking for brokers and clusters in {self._choosing.region}…",)
        if targets.placeholder != texts:
            targets.placeholder = texts

    def _show_problems(self) -> None:
        """What is missing among what is there."""
        problems = tuple(self._inventory.problems)
        if self._failure is not None and not self.query_one(TargetList).placeholder:
            problems += (self._failure,)
        if problems == self._problems_shown:
            return
        self._problems_shown = problems
        self.set_class(bool(problems), "-problems")
        lines = [
            Content.assemble(
                ("▲ ", "bold $text-warning"),
                # The hint first: there may be no room for all of it.
                (f"{printable(problem.hint)} " if problem.hint else "", "$text-warning"),
                printable(problem.message),
            )
            for problem in problems
        ]
        self.query_one("#problems", Static).update(Content("\n").join(lines))

    def _show_count(self) -> None:
        """How much is shown and marked, and how far finding out is."""
        targets, inventory = self.query_one(TargetList), self._inventory
        words = []
        all_there = len(inventory.targets)
        if self.query_one(QueryInput).value.strip():
            words.append(f"{targets.found} of {all_there}")
        if marked := len(targets.marked):
            words.append(f"{marked} marked")
        if self._looking:
            looking = "listing…" if inventory.listing else f"{inventory.done}/{inventory.total}"
            words.append(looking)
        text = " · ".join(words)
        if text != self._count_shown:
            self._count_shown = text
            self.query_one("#count", Static).update(text)
