"""The application around its screens: choosing what to tail, the palette, copying, errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from textual import events
from textual.binding import Binding
from textual.command import CommandInput, CommandPalette
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Input, OptionList
from textual.widgets._toast import Toast

from mqtail.config import UiConfig
from mqtail.errors import CredentialsError, MqtailError, TargetError
from mqtail.named_views import NamedView
from mqtail.settings import Settings
from mqtail.state import StateFile
from tests.tui.conftest import NOW, FakeSession
from tests.tui.support import until
from tests.tui.test_chooser import CALLS, FakeChoosing, broker
from tui.app import Launch, MqtailApp, Tailing
from tui.preferences import Preferences
from tui.screens.check import CheckScreen
from tui.screens.chooser import ChooserScreen
from tui.screens.help import HelpScreen
from tui.screens.main import MainScreen
from tui.sections import SECTIONS
from widgets.key_table import KeyTable
from widgets.status_line import StatusLine
from widgets.targets.list import TargetList

TARGETS = ("billing", "orders", "prod-orders")
ERRORS = [TargetError("There is no such thing.", "Look."), CredentialsError("Expired.")]


class Tails:
    """Tails what is chosen, without AWS."""

    def __init__(self) -> None:
        self.choosing = FakeChoosing()
        self.choosing.targets = (*map(broker, TARGETS), CALLS)
        self.begun: list[tuple[tuple[str, ...], FakeSession]] = []
        self.checks: list[Check] = []

    @property
    def session(self) -> FakeSession:
        """The newest session."""
        return self.begun[-1][1]

    @property
    def names(self) -> list[tuple[str, ...]]:
        """What was tailed."""
        return [names for names, _ in self.begun]

    def tail(self, names: tuple[str, ...]) -> Tailing:
        """One more tail."""
        session = FakeSession()
        session.add_reader()
        self.begun.append((names, session))
        return Tailing(session, Settings(names), self._check)

    def app(self, *targets: str, preferences: Preferences | None = None) -> MqtailApp:
        """The application, on a tail or with a choice to be made."""
        launch = Launch(self.choosing, self.tail)
        tailing = self.tail(targets) if targets else None
        return MqtailApp(tailing, launch=launch, preferences=preferences, now=lambda: NOW)

    def _check(self, changed: Callable[[], None]) -> Check:
        self.checks.append(Check())
        return self.checks[-1]


class Check:
    """A setup check that goes on until it is ended."""

    targets = ()
    notes = ()
    done = total = 0
    cancelled = False

    async def run(self) -> None:
        """Wait for ever."""
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


@pytest.fixture
def tails() -> Tails:
    """Three brokers to choose from."""
    return Tails()


def preferring(**config: object) -> Preferences:
    """Preferences of a configuration file."""
    return Preferences(UiConfig(**config), StateFile(None), SECTIONS)  # type: ignore[arg-type]


def toasts(pilot: Pilot[None]) -> list[str]:
    """What notices say."""
    return [str(toast.render()) for toast in pilot.app.screen.query(Toast)]


async def shows(pilot: Pilot[None], kind: type[object]) -> None:
    """Wait for a kind of screen."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    await pilot.pause()


async def choose_command(pilot: Pilot[None], title: str) -> None:
    """Choose a command of the palette, by its name."""
    below = pilot.app.screen
    await pilot.press("ctrl+p")
    await shows(pilot, CommandPalette)
    pilot.app.screen.query_one(CommandInput).value = title
    options = pilot.app.screen.query_one(OptionList)
    await until(
        pilot,
        lambda: bool(options.option_count) and title in str(options.get_option_at_index(0).prompt),
    )
    await pilot.press("enter")
    if options.is_attached and pilot.app.screen is not below:
        await pilot.press("enter")
    await until(pilot, lambda: not isinstance(pilot.app.screen, CommandPalette))
    await pilot.pause()


async def test_what_is_chosen_is_tailed(tails: Tails) -> None:
    """With nothing named, the chooser comes first; quitting ends the session."""
    app = tails.app()
    async with app.run_test() as pilot:
        await shows(pilot, ChooserScreen)
        await pilot.press("space", "space", "enter")
        await shows(pilot, MainScreen)
        assert tails.names == [("billing", "orders")]
        tails.session.add("hello")
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0
    assert tails.session.cancelled


async def test_enter_twice_tails_once(tails: Tails) -> None:
    """The second one was meant for nothing."""
    async with tails.app().run_test() as pilot:
        await shows(pilot, ChooserScreen)
        for _ in range(2):
            pilot.app.post_message(events.Key("enter", "\r"))
        await shows(pilot, MainScreen)
        await pilot.pause()
        assert tails.names == [("billing",)]
        assert not tails.session.cancelled


async def test_choosing_again(tails: Tails) -> None:
    """What is tailed goes on until something else is chosen, and then ends."""
    async with tails.app("billing").run_test() as pilot:
        first = tails.session
        await choose_command(pilot, "Choose targets")
        await shows(pilot, ChooserScreen)
        assert not first.cancelled
        assert "Choose targets" not in {
            command.title for command in pilot.app.get_system_commands(pilot.app.screen)
        }
        await pilot.press("escape")
        await shows(pilot, MainScreen)
        assert not first.cancelled
        await choose_command(pilot, "Choose targets")
        await shows(pilot, ChooserScreen)
        await pilot.press("down", "enter")
        await until(pilot, lambda: first.cancelled)
        await shows(pilot, MainScreen)
        assert tails.names == [("billing",), ("orders",)]
        assert len(pilot.app.screen_stack) == 2
        assert not tails.session.cancelled
        await choose_command(pilot, "Choose targets")
        await shows(pilot, ChooserScreen)


async def test_the_setup_check_ends_with_its_tail(tails: Tails) -> None:
    """Nothing goes on asking for targets that nobody looks at."""
    async with tails.app("billing").run_test() as pilot:
        await pilot.press("c")
        await until(pilot, lambda: bool(tails.checks))
        await pilot.press("c")
        await shows(pilot, MainScreen)
        await choose_command(pilot, "Choose targets")
        await shows(pilot, ChooserScreen)
        await pilot.press("down", "enter")
        await until(pilot, lambda: tails.checks[0].cancelled)
        await shows(pilot, MainScreen)


async def test_targets_of_earlier_runs_are_commands(tails: Tails) -> None:
    """The one that was tailed last first; what is tailed is remembered."""
    preferences = preferring()
    preferences.remember_targets(["orders"])
    async with tails.app("billing", preferences=preferences).run_test() as pilot:
        await choose_command(pilot, "Tail orders")
        await until(pilot, lambda: tails.names[-1] == ("orders",))
    assert preferences.target_history == ["billing", "orders"]


def test_every_key_of_the_application_can_be_mapped() -> None:
    """Each has an id of its own, also in the dialogs, and a text for the help."""
    bindings = [
        (section.place, binding)
        for section in SECTIONS
        for binding in Binding.make_bindings(section.bindings)
    ]
    assert all(binding.id for _, binding in bindings)
    places: dict[str | None, set[str]] = {}
    for place, binding in bindings:
        places.setdefault(binding.id, set()).add(place)
        assert binding.tooltip or binding.group or binding.description
    assert [id for id, held in places.items() if len(held) > 1] == []


@pytest.mark.parametrize("error", ERRORS, ids=["target", "credentials"])
async def test_what_cannot_be_tailed_is_chosen_anew(tails: Tails, error: MqtailError) -> None:
    """The reason is said over the chooser."""
    async with tails.app().run_test(notifications=True) as pilot:
        await shows(pilot, ChooserScreen)
        await pilot.press("enter")
        await shows(pilot, MainScreen)
        tails.session.ended_by = error
        tails.session.end.set()
        await shows(pilot, ChooserScreen)
        await until(pilot, lambda: bool(toasts(pilot)))
        assert toasts(pilot) == [f"{error.message} {error.hint}".strip()]
        await pilot.press("escape", "down", "enter")
        await shows(pilot, MainScreen)
        assert tails.names[-1] == ("orders",)


async def test_a_named_target_that_fails_while_another_is_chosen(tails: Tails) -> None:
    """Nobody is thrown out of the chooser by what is left behind anyway."""
    app = tails.app("billing")
    async with app.run_test(notifications=True) as pilot:
        await choose_command(pilot, "Choose targets")
        await shows(pilot, ChooserScreen)
        tails.session.ended_by = TargetError("There is no such thing.")
        tails.session.end.set()
        await until(pilot, lambda: bool(toasts(pilot)))
        await shows(pilot, ChooserScreen)
        await pilot.press("enter")
        await shows(pilot, MainScreen)
    assert app.failure is None


@pytest.mark.parametrize("named", [True, False], ids=["named", "chosen"])
async def test_what_was_read_stays_when_reading_fails(tails: Tails, named: bool) -> None:
    """The error is at the bottom of the screen, and is the end's when mqtail is left."""
    error = CredentialsError("Expired.", "Sign in again.")
    app = tails.app(*(["billing"] if named else []))
    async with app.run_test() as pilot:
        if not named:
            await shows(pilot, ChooserScreen)
            await pilot.press("enter")
        await shows(pilot, MainScreen)
        tails.session.add("worth reading")
        tails.session.ended_by = error
        tails.session.end.set()
        line = app.screen.query_one(StatusLine)
        await until(pilot, lambda: line.status.reason == "Expired. → Sign in again.")
        assert isinstance(app.screen, MainScreen)
        assert app.failure is error
        await choose_command(pilot, "Choose targets")
        await shows(pilot, ChooserScreen)
        await pilot.press("down", "enter")
        await until(pilot, lambda: tails.names[-1] == ("orders",))
        await shows(pilot, MainScreen)
        assert app.failure is None


async def test_another_region_while_something_is_tailed(tails: Tails) -> None:
    """The tail stays where it is; what is there is listed anew."""
    async with tails.app("billing").run_test() as pilot:
        await choose_command(pilot, "Choose targets")
        await shows(pilot, ChooserScreen)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: bool(pilot.app.screen.query_one(OptionList).option_count))
        await pilot.press(*"ireland", "enter")
        await until(pilot, lambda: tails.choosing.region == "eu-west-1")
        await shows(pilot, ChooserScreen)
        assert len(tails.choosing.inventories) == 2
        await until(pilot, lambda: tails.choosing.inventories[0].cancelled)
        assert not tails.session.cancelled


async def test_many_targets_in_a_small_terminal(tails: Tails) -> None:
    """The last of 300 can be gone to, and what is in view is looked up first."""
    tails.choosing.targets = (*(broker(f"orders-{number:03}") for number in range(300)), CALLS)
    async with tails.app().run_test(size=(60, 15)) as pilot:
        await shows(pilot, ChooserScreen)
        targets = pilot.app.screen.query_one(TargetList)
        await until(pilot, lambda: targets.found == 301)
        await pilot.press("end", "up")
        assert targets.cursor is not None
        assert targets.cursor.name == "orders-299"
        await until(pilot, lambda: "b-orders-299" in tails.choosing.inventories[0].preferred)
        await pilot.resize_terminal(100, 35)
        await pilot.resize_terminal(60, 15)
        await pilot.pause()
        assert "b-orders-299" in targets.in_view
        await pilot.press("ctrl+a", "enter")
        await shows(pilot, MainScreen)
        assert len(tails.names[-1]) == 301


async def test_the_palette_shows_text_as_it_is(tails: Tails) -> None:
    """Names and filters with brackets are no markup: not of what is typed either."""
    config = {"filters": {"[/x]": '"[/orders]"'}, "views": {"[red]v": NamedView('"[b]"')}}
    async with tails.app("billing", preferences=preferring(**config)).run_test() as pilot:
        await pilot.press("f", *'"[/a]"', "enter")
        commands = list(pilot.app.get_system_commands(pilot.app.screen))
        shown = {
            Content.from_markup(command.title).plain: Content.from_markup(command.help).plain
            for command in commands
        }
        assert shown["Filter: [/x]"] == '"[/orders]"'
        assert shown["View: [red]v"] == '"[b]"'
        assert shown["Save this filter as…"] == '"[/a]"'
        await choose_command(pilot, "Filter: [/x]")
        assert pilot.app.screen.query_one("#filter Input", Input).value == '"[/orders]"'


async def test_commands_act_while_something_is_typed(tails: Tails) -> None:
    """The palette is no key, which would be text."""
    async with tails.app("billing").run_test(size=(80, 24)) as pilot:
        sidebar = pilot.app.screen.query_one("#sidebar")
        await pilot.press("f", *"timeout")
        assert not sidebar.display
        await choose_command(pilot, "Sources (b)")
        assert sidebar.display
        assert pilot.app.screen.query_one("#filter Input", Input).value == "timeout"


async def test_the_setup_check_has_all_its_commands(tails: Tails) -> None:
    """Those of its list, too."""
    async with tails.app("billing").run_test() as pilot:
        await pilot.press("c")
        await shows(pilot, CheckScreen)
        titles = {command.title for command in pilot.app.get_system_commands(pilot.app.screen)}
        assert {"Fold (←)", "Details (enter)", "Copy fix (y)", "Back (c)"} <= titles


async def test_ctrl_c_copies_text_that_is_selected_anywhere(tails: Tails) -> None:
    """Also text of the help; nobody who copies it leaves mqtail."""
    async with tails.app("billing").run_test(size=(100, 35)) as pilot:
        await pilot.press("question_mark")
        await shows(pilot, HelpScreen)
        await pilot.mouse_down(offset=(20, 6))
        await pilot.hover(offset=(60, 8))
        await pilot.mouse_up(offset=(60, 8))
        await pilot.pause()
        selected = pilot.app.screen.get_selected_text()
        assert selected
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert pilot.app.clipboard == selected
        assert isinstance(pilot.app.screen, HelpScreen)


@pytest.mark.parametrize(
    ("target", "title"), [((), "In the chooser"), (("billing",), "In the log")], ids=["no", "yes"]
)
async def test_the_keys_that_work_here_come_first_in_the_help(
    tails: Tails, target: tuple[str, ...], title: str
) -> None:
    """Whoever asks in the chooser does not have to look for its keys."""
    async with tails.app(*target).run_test() as pilot:
        await pilot.pause()
        await pilot.app.run_action("help")
        await shows(pilot, HelpScreen)
        assert title in str(pilot.app.screen.query(KeyTable).first().render())
