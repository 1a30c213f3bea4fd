"""The terminal application."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from mqtail.clock import wall_clock_ms
from mqtail.errors import MqtailError
from mqtail.settings import Settings
from tui.screens.check import CheckScreen
from tui.screens.help import HelpScreen
from tui.screens.main import MainScreen
from tui.session import TailSession
from tui.setup_check import MakeCheckup, SetupCheck
from tui.terminal import TerminalDriver
from tui.theme import DARK, THEMES
from widgets.check_pane import CheckPane
from widgets.log_view import LogView

ENGINE = "engine"
"""Name of the worker that the session runs in."""


class MqtailApp(App[None]):
    """Shows a session and lets it be narrowed down.

    Args:
        session: what reads the logs.
        settings: what was asked for.
        checkup: prepares a run of the setup check; None: there is nothing to check.
        now: the time, ms since the epoch.
    """

    TITLE = "mqtail"
    CSS_PATH = "mqtail.tcss"
    PAUSE_GC_ON_SCROLL = True
    # Textual's own annotation of it says something else than a class variable.
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [  # type: ignore[misc]
        (0, "-low"),
        (20, "-high"),
    ]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+p",
            "command_palette",
            "Commands",
            show=False,
            tooltip="Every command, by its name",
        ),
        Binding("q", "quit", "Quit", tooltip="Leave mqtail"),
        Binding("ctrl+c,ctrl+q", "quit", "Quit", show=False, priority=True, tooltip="Leave mqtail"),
    ]

    def __init__(
        self,
        session: TailSession,
        settings: Settings,
        checkup: MakeCheckup | None = None,
        now: Callable[[], int] = wall_clock_ms,
    ) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.failure: BaseException | None = None
        """What ended the session."""
        self._session = session
        check = SetupCheck(checkup, now) if checkup else None
        self._main = MainScreen(session, settings, now, check)

    def get_default_screen(self) -> Screen[None]:
        """The main screen."""
        return self._main

    def on_mount(self) -> None:
        """Start the session."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name
        self._leave_on_signals()
        if not self.is_headless:
            self.call_after_refresh(_freeze)
        self.call_after_refresh(self._start_session)

    def action_help(self) -> None:
        """Show every key."""
        self.push_screen(HelpScreen(self._main.notices))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything that has a key, and the choice of a theme."""
        for node in self._commanded(screen):
            yield from self._commands(node)
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)
        yield from self._commands(self)

    def _commanded(self, screen: Screen[Any]) -> Sequence[DOMNode]:
        """The parts of a screen whose keys are commands, too."""
        if screen is self._main:
            return (screen, screen.query_one(LogView))
        if isinstance(screen, CheckScreen):
            return (screen.query_one(CheckPane), screen)
        return ()

    def _commands(self, node: DOMNode) -> Iterable[SystemCommand]:
        seen = set()
        for binding in Binding.make_bindings(type(node).__dict__["BINDINGS"]):
            if binding.action in seen or self._is_idle(binding.action):
                continue
            seen.add(binding.action)
            key = self.get_key_display(binding)
            text = binding.tooltip or (binding.group.description if binding.group else "")
            yield SystemCommand(
                f"{binding.description} ({key})",
                text,
                partial(self.run_action, binding.action, node),
            )

    def _is_idle(self, action: str) -> bool:
        """Whether a command would do nothing here."""
        name, _, argument = action.removesuffix(")").partition("(")
        if name == "instance":
            return int(argument) not in self._main.instance_numbers
        if name == "kind":
            return argument.strip("'") not in self._main.kinds
        if name == "other_destinations":
            return not self._main.has_other_destinations
        if name == "setup_check":
            return not self._main.has_check
        return name == "command_palette"

    def _start_session(self) -> None:
        self.run_worker(
            self._session.run(),
            name=ENGINE,
            group=ENGINE,
            exit_on_error=False,
            description=ENGINE,
        )

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        """A session that cannot go on ends the application, or says so."""
        if event.worker.name != ENGINE or event.state is not WorkerState.ERROR:
            return
        self.failure = error = event.worker.error
        if isinstance(error, MqtailError):
            self.exit(return_code=error.exit_code)
        else:
            self._main.stopped(f"{type(error).__name__}: {error}")

    def _leave_on_signals(self) -> None:
        """End in order, with the terminal as it was, when asked to from outside."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.exit)


def run(session: TailSession, settings: Settings, checkup: MakeCheckup) -> int:
    """Run the application until it is left.

    Args:
        session: what reads the logs.
        settings: what was asked for.
        checkup: prepares a run of the setup check.

    Returns:
        The exit code.

    Raises:
        MqtailError: nothing could be read.
        BaseException: what the session ended with, if that was unforeseen.
    """
    app = MqtailApp(session, settings, checkup)
    app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def _freeze() -> None:
    """Spare the garbage collector what stays for good: its passes would stop the screen."""
    gc.collect()
    gc.freeze()
