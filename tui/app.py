"""The terminal application."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from mqtail.clock import wall_clock_ms
from mqtail.config import UiConfig
from mqtail.errors import MqtailError, NoSuchTarget
from mqtail.filters.guard import slow_searches_stopped
from mqtail.printable import printable
from mqtail.state import StateFile
from tui.collecting import collect_briefly
from tui.commands import (
    as_markup,
    choose_theme,
    saved_commands,
    saving_commands,
    target_commands,
    theme_commands,
)
from tui.failures import why_stopped
from tui.key_commands import key_commands, screen_commands
from tui.keymap import has_key
from tui.keys import APP_KEYS
from tui.launch import Launch, Tailing
from tui.preferences import Preferences
from tui.screens.check import CHECKS
from tui.screens.chooser import ChooserScreen
from tui.screens.detail import DetailScreen
from tui.screens.help import HelpScreen
from tui.screens.main import MainScreen
from tui.sections import SECTIONS, place_of
from tui.setup_check import SetupCheck
from tui.terminal import TerminalDriver, leave_on_signals, leave_without_terminal
from tui.theme import is_colourless
from widgets.status_line import BUSY_PHASES

__all__ = ["Launch", "MqtailApp", "Tailing", "run"]

ENGINE = "engine"
"""Name of the worker that the session runs in."""
SIGN_IN = "sign-in"
"""Name of the worker that signs in."""
KEEP_S = 5
"""Seconds between two looks at what is to be kept for the next run."""


class MqtailApp(App[None]):
    """Shows a session and lets it be narrowed down; where there is none, has one chosen.

    Args:
        tailing: the session to begin with; None: one is chosen first.
        launch: where one can choose another; None: nowhere.
        preferences: what the user prefers; None: nothing, and nothing is kept.
        now: the time of this machine, ms since the epoch.
    """

    TITLE = "mqtail"
    CSS_PATH = Path(__file__).with_name("mqtail.tcss")
    PAUSE_GC_ON_SCROLL = True
    # Textual's own annotation of it says something else than a class variable.
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [  # type: ignore[misc]
        (0, "-low"),
        (20, "-high"),
    ]

    BINDINGS: ClassVar[list[BindingType]] = APP_KEYS

    def __init__(
        self,
        tailing: Tailing | None,
        *,
        launch: Launch | None = None,
        preferences: Preferences | None = None,
        now: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._preferences = preferences or Preferences(UiConfig(), StateFile(None), SECTIONS)
        # Before Textual reads any CSS: set later, it would all be parsed and applied once more.
        self.set_reactive(App.theme, self._preferences.theme)
        # Without colour, Textual's own filter would turn all of it grey.
        super().__init__(driver_class=TerminalDriver, ansi_color=is_colourless() or None)
        self.failure: BaseException | None = None
        """What ended the session."""
        self._launch = launch
        self._now = now
        self._chose = tailing is None
        """Whether what is tailed was chosen here."""
        self._engine: Worker[None] | None = None
        self._said: dict[tuple[str, str], float] = {}
        """Until when messages, with their titles, can be seen (monotonic time)."""
        self._main = self._screen_of(tailing) if tailing else None

    async def on_mount(self) -> None:
        """Show the log and start the session, or have a target chosen."""
        self.set_keymap(self._preferences.keymap)
        leave_on_signals(self)
        if not self.is_headless:
            leave_without_terminal(self)
        # Above Textual's own empty screen, which cannot be replaced.
        first = self._main or self._chooser()
        # Textual sets it only after it has styled the screen, to do so again.
        first.add_class(self._height_class, update=False)
        await self.push_screen(first)
        self.call_after_refresh(self._start)
        self.set_interval(KEEP_S, self._keep)

    @property
    def _height_class(self) -> str:
        fitting = [name for height, name in self.VERTICAL_BREAKPOINTS if height <= self.size.height]
        return fitting[-1]

    @cached_property
    def available_themes(self) -> dict[str, Theme]:
        """Textual's themes, and those of the preferences, by name."""
        ours = {theme.name: theme for theme in self._preferences.themes}
        return super().available_themes | ours

    async def run_async(self, *args: Any, **options: Any) -> None:
        """Run, and stop regular expressions that take too long."""
        with slow_searches_stopped():
            await super().run_async(*args, **options)

    def on_unmount(self) -> None:
        """Keep what the user chose."""
        self._remember()
        self._preferences.save()

    def get_key_display(self, binding: Binding) -> str:
        """How a key is shown; nothing for what has none."""
        return super().get_key_display(binding) if has_key(binding) else ""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a message for a moment; one that can still be seen is not shown twice."""
        shown_s = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        now = time.monotonic()
        self._said = {said: until for said, until in self._said.items() if until > now}
        if (title, message) not in self._said:
            self._said[title, message] = now + shown_s
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy a text; half a surrogate pair, which is no character, becomes a question mark."""
        super().copy_to_clipboard(text.encode("utf-8", "replace").decode())

    def action_help(self) -> None:
        """Show every key."""
        notices = self._main.notices if self._main else ()
        place = place_of(self.screen)
        # The keys that work here come first.
        sections = sorted(SECTIONS, key=lambda section: not section.is_in(place))
        self.push_screen(HelpScreen(sections, notices, self._preferences.keymap))

    def action_copy_or_quit(self) -> None:
        """Copy what is selected; where nothing is, leave."""
        selected = ""
        if isinstance(self.focused, Input):
            selected = self.focused.selected_text
        elif isinstance(self.screen, DetailScreen):
            selected = self.screen.selected_text
        elif self._main is not None and self.screen is self._main:
            selected = self._main.log_view.selected_text
        selected = selected or self.screen.get_selected_text() or ""
        if selected:
            self.copy_to_clipboard(selected)
            self.notify("Copied what is selected", timeout=2)
        else:
            self.exit()

    def action_choose(self) -> None:
        """Choose other targets; what is tailed goes on until that is done."""
        if self._launch is not None and not isinstance(self.screen, ChooserScreen):
            self.push_screen(self._chooser(back=self._main is not None))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything that has a key, what was saved, and the choice of a theme."""
        for command in self._commands(screen):
            # The palette takes both for markup; what was typed and saved is text.
            title, text = (as_markup(each) for each in (command.title, command.help))
            yield command._replace(title=title, help=text)

    def _commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        main, keymap = self._main, self._preferences.keymap
        yield from screen_commands(self, screen, keymap)
        if main is not None and screen is main:
            yield from saved_commands(
                self._preferences, apply_filter=main.apply_filter, apply_view=main.apply_view
            )
            yield from saving_commands(self, self._preferences, main.filter_text, main.view)
        if self._launch is not None and not isinstance(screen, ChooserScreen):
            yield SystemCommand("Choose targets", "Tail something else", self.action_choose)
            yield from target_commands(self._preferences.target_history, self._tail_one)
        choose = partial(choose_theme, self, self._preferences)
        yield SystemCommand("Theme", "Choose other colours", choose)
        yield from theme_commands(self, self._preferences)
        yield from key_commands(self, self, keymap)

    def _chooser(self, *, back: bool = False, query: str = "") -> ChooserScreen:
        assert self._launch is not None
        return ChooserScreen(self._launch.choosing, back=back, query=query, now=self._now)

    def _screen_of(self, tailing: Tailing) -> MainScreen:
        check = SetupCheck(tailing.checkup, self._now) if tailing.checkup else None
        return MainScreen(tailing.session, tailing.settings, check, self._preferences)

    @on(ChooserScreen.Chosen)
    async def _chosen(self, event: ChooserScreen.Chosen) -> None:
        # Enter may have been pressed twice: the first time counts.
        if isinstance(self.screen, ChooserScreen):
            await self._tail(event.targets)

    async def _tail_one(self, name: str) -> None:
        await self._tail((name,))

    async def _tail(self, targets: tuple[str, ...]) -> None:
        """Tail these targets in place of what is tailed now."""
        assert self._launch is not None
        self._remember()
        tailing, self._chose = self._launch.tail(targets), True
        if self._engine is not None:
            self._engine.cancel()
        self.workers.cancel_group(self, CHECKS)
        await self._leave_screens()
        self._main = self._screen_of(tailing)
        if isinstance(self.failure, MqtailError):
            # It was seen, and is over.
            self.failure = None
        await self.push_screen(self._main)
        self._start_session()

    async def _leave_screens(self) -> None:
        """Close every screen but Textual's own empty one."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()

    def _remember(self) -> None:
        """Keep the names of what is tailed, once it was found."""
        main, launch = self._main, self._launch
        if main is None or launch is None or not launch.remembers:
            return
        if main.session.phase not in BUSY_PHASES:
            self._preferences.remember_targets(main.asked_for)

    def _start(self) -> None:
        """Begin to work, when the first frame is drawn."""
        self.run_worker(self._sign_in(), name=SIGN_IN, exit_on_error=False, description=SIGN_IN)
        self._start_session()

    async def _sign_in(self) -> None:
        """Sign in where nobody has; that it does not work ends the application."""
        try:
            if self._launch is not None and self._launch.sign_in is not None:
                await self._launch.sign_in()
        except Exception as error:
            self.failure = error
            self.exit()
        else:
            # By now everything is loaded.
            if not self.is_headless:
                collect_briefly()

    def _start_session(self) -> None:
        if self._main is not None:
            self._engine = self.run_worker(
                self._main.session.run(),
                name=ENGINE,
                group=ENGINE,
                exit_on_error=False,
                description=ENGINE,
            )

    @on(Worker.StateChanged)
    async def _worker_changed(self, event: Worker.StateChanged) -> None:
        """A session that cannot go on ends the application, or says so."""
        if event.worker is not self._engine or event.state is not WorkerState.ERROR:
            return
        error, main = event.worker.error, self._main
        if not isinstance(error, MqtailError) or (main and len(main.session.store)):
            # What was read can still be seen.
            self.failure = error
            if main is not None:
                main.stopped(why_stopped(error))
        elif self._chose or any(isinstance(screen, ChooserScreen) for screen in self.screen_stack):
            await self._choose_again(error)
        else:
            self.failure = error
            self.exit(return_code=error.exit_code)

    async def _choose_again(self, error: MqtailError) -> None:
        """Say why what was chosen cannot be tailed, and have something else chosen."""
        main, self._main = self._main, None
        names = main.asked_for if main is not None else ()
        query = names[0] if len(names) == 1 and isinstance(error, NoSuchTarget) else ""
        await self._leave_screens()
        await self.push_screen(self._chooser(query=query))
        text = f"{error.message} {error.hint}".strip()
        self.notify(printable(text), severity="error", timeout=15, markup=False)

    async def _keep(self) -> None:
        """Keep what the user chose; say once if that is impossible."""
        self._remember()
        await self._preferences.keep()
        if news := self._preferences.news():
            self.notify(printable(news), title="Notice", timeout=8, markup=False)

    def _handle_exception(self, error: Exception) -> None:
        """An error that nobody foresaw ends the application; its caller tells it.

        Textual would print the traceback.
        """
        if self.is_headless:
            super()._handle_exception(error)
            return
        self.failure = self.failure or error
        self._return_code = 1
        self._close_messages_no_wait()


def run(tailing: Tailing | None, launch: Launch | None = None) -> int:
    """Run the application until it is left.

    Args:
        tailing: the session to begin with; None: one is chosen first.
        launch: where one can choose another; None: nowhere.

    Returns:
        The exit code.

    Raises:
        MqtailError: nothing could be read, or the configuration makes no sense.
        BaseException: what the session ended with, if that was unforeseen.
    """
    if not is_colourless():
        # Textual takes an empty one for set.
        os.environ.pop("NO_COLOR", None)
    app = MqtailApp(tailing, launch=launch, preferences=Preferences.load(SECTIONS))
    app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
