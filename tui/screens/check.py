"""The setup check, over the main screen."""

from __future__ import annotations

from datetime import tzinfo
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer

from tui.footer import fit
from tui.setup_check import SetupCheck
from widgets.check_list import CheckList
from widgets.check_pane import CheckPane
from widgets.check_rows import CheckState

POLL = 1 / 6
"""Seconds between two looks at what was found."""
CHECKS = "setup check"
"""Name of the worker that the checks run in."""


class CheckScreen(Screen[None]):
    """Shows the setup check, and runs it where that was not done yet.

    A run goes on when this is closed: the next time it is opened, what was found is there.

    Args:
        check: the setup check of the session.
        zone: zone of the times that are shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,escape", "dismiss", "Back", key_display="c", tooltip="Back to the log"),
        Binding("question_mark", "app.help", "Help", key_display="?", tooltip="This page"),
    ]

    def __init__(self, check: SetupCheck, zone: tzinfo) -> None:
        super().__init__()
        self._check = check
        self._zone = zone
        self._shown: CheckState | None = None

    def compose(self) -> ComposeResult:
        """The pane, and the keys."""
        yield CheckPane(self._zone)
        yield Footer()

    def on_mount(self) -> None:
        """Begin the first run, and show how it goes."""
        self.set_focus(self.query_one(CheckList))
        if not self._check.began:
            self._begin()
        self.poll()
        self.set_interval(POLL, self.poll)

    def on_resize(self, event: events.Resize) -> None:
        """The keys fit the terminal."""
        fit(self.query_one(Footer), event.size.width)

    def poll(self) -> None:
        """Show what is new."""
        state = self._check.state
        if state is not self._shown:
            self._shown = state
            self.query_one(CheckPane).show(state)

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
