"""The setup check, over the main screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.scopes import CHECK_TAB
from tui.setup_check import SetupCheck
from widgets.checks.list import CheckList
from widgets.checks.pane import CheckPane
from widgets.checks.rows import CheckState
from widgets.key_line import KeyLine
from widgets.tab_strip import TABS_FROM, TabStrip

POLL = 1 / 6
"""Seconds between two looks at what was found."""
CHECKS = "setup check"
"""Name of the worker that the checks run in."""


class CheckScreen(Screen[str]):
    """Shows the setup check, and runs it where that was not done yet.

    A run goes on when this is closed: the next time it is opened, what was found is there.
    It is dismissed with the id of the tab to be shown, or with an empty one for the one before.

    Args:
        check: the setup check of the session.
        zone: zone of the times that are shown.
        tabs: id and title of the tabs that can be gone to, this one among them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "c,escape",
            "dismiss('')",
            "Back",
            key_display="c",
            tooltip="Back to the log",
            id="check-back",
        ),
        Binding(
            "right_square_bracket",
            "step(1)",
            "Next tab",
            show=False,
            key_display="]",
            tooltip="Next tab",
            id="check-next-tab",
        ),
        Binding(
            "left_square_bracket",
            "step(-1)",
            "Previous tab",
            show=False,
            key_display="[",
            tooltip="Previous tab",
            id="check-previous-tab",
        ),
        Binding(
            "question_mark",
            "app.help",
            "Help",
            key_display="?",
            tooltip="This page",
            id="check-help",
        ),
    ]

    def __init__(self, check: SetupCheck, zone: tzinfo, tabs: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._check = check
        self._zone = zone
        self._tabs = tabs
        self._shown: CheckState | None = None

    def compose(self) -> ComposeResult:
        """The tabs, the pane, and the keys."""
        yield TabStrip(self._tabs, CHECK_TAB)
        yield CheckPane(self._zone)
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin the first run, and show how it goes."""
        self.set_focus(self.query_one(CheckList))
        if not self._check.began:
            self._begin()
        self.poll()
        self.set_interval(POLL, self.poll)

    def on_resize(self, event: events.Resize) -> None:
        """A low terminal has no room for the tabs."""
        self.query_one(TabStrip).display = event.size.height >= TABS_FROM

    def action_step(self, step: int) -> None:
        """Go to the next tab, or to the one before."""
        names = [name for name, _ in self._tabs]
        self.dismiss(names[(names.index(CHECK_TAB) + step) % len(names)])

    def poll(self) -> None:
        """Show what is new."""
        state = self._check.state
        if state is not self._shown:
            self._shown = state
            self.query_one(CheckPane).show(state)

    @on(TabStrip.Chosen)
    def _tab_chosen(self, event: TabStrip.Chosen) -> None:
        if event.tab_id != CHECK_TAB:
            self.dismiss(event.tab_id)

    @on(CheckPane.Again)
    def _again(self) -> None:
        if self._check.running:
            self.notify("The setup check is running", timeout=2)
        else:
            self._begin()

    def _begin(self) -> None:
        # A worker of the application, which goes on when this screen is closed.
        self.app.run_worker(
            self._check.run(),
            name=CHECKS,
            group=CHECKS,
            exit_on_error=False,
            description=CHECKS,
        )
        self.poll()
