"""The screen where one chooses what to tail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.content import Content
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static

from mqtail.aws.signin import SignIn
from mqtail.choice import Choice
from mqtail.demo.server import EmbeddedAws
from mqtail.errors import CredentialsError, MqtailError, NoSuchTarget, TargetError
from mqtail.inventory import ListedLog, ListedTarget, LogState, Profile, Region
from mqtail.settings import Settings
from tests.tui.conftest import NOW
from tests.tui.support import until
from tui.choosing import Choosing
from tui.screens.chooser import ChooserScreen
from tui.screens.switch import SwitchScreen
from widgets.targets.list import TargetList

SIZES = {"120x35": (120, 35), "80x24": (80, 24), "60x15": (60, 15)}


def broker(name: str, *, id: str = "", known: bool = True) -> ListedTarget:
    """A broker whose newest event is three seconds old."""
    moment = datetime.fromtimestamp(NOW / 1000, UTC) - timedelta(seconds=3)
    log = ListedLog("general", "cloudwatch", f"/aws/{name}", moment, "", LogState.FOUND)
    return ListedTarget(
        name, id or f"b-{name}", "mq", "ACTIVEMQ", "5.18", "RUNNING", "SINGLE_INSTANCE",
        (log,), "", (), (), known,
    )  # fmt: skip


CALLS = ListedTarget("cloudtrail", "cloudtrail", "cloudtrail", "", "", "", "", (), "", (), ())


KEYS: list[tuple[list[str], tuple[str, ...]]] = [
    (["enter"], ("billing",)),
    (["down", "enter"], ("orders",)),
    (["end", "enter"], ("cloudtrail",)),
    (["end", "home", "down", "up", "enter"], ("billing",)),
    (["pagedown", "enter"], ("cloudtrail",)),
    (["pagedown", "pageup", "enter"], ("billing",)),
    ([*"ord", "enter"], ("orders",)),
    ([*"ord", "down", "enter"], ("prod-orders",)),
    (["space", "space", "enter"], ("billing", "orders")),
    (["down", "space", "home", "enter"], ("orders",)),
    ([*"ord", "ctrl+a", "enter"], ("orders", "prod-orders")),
    ([*"ord", "ctrl+a", "ctrl+a", "enter"], ("orders",)),
    (["ctrl+a", "space", "enter"], ("orders", "prod-orders", "cloudtrail")),
    ([*"ord", "space", "escape", *"bil", "space", "enter"], ("billing", "orders")),
    (["space", "escape", "enter"], ("orders",)),
    ([*"/app/q", "enter"], ("/app/q",)),
    (["space", *"b-99", "enter"], ("billing", "b-99")),
    ([*"qq", "backspace", "backspace", "enter"], ("billing",)),
]
"""Keys, and what they choose at last."""


class FakeInventory:
    """What there is, as a test tells it."""

    def __init__(self, targets: tuple[ListedTarget, ...]) -> None:
        self.targets = targets
        self.problems: list[MqtailError] = []
        self.listing = True
        self.done, self.total = 0, 0
        self.preferred: tuple[str, ...] = ()
        self.ended_by: Exception | None = None
        self.end = asyncio.Event()
        self.cancelled = False

    def prefer(self, ids: Iterable[str]) -> None:
        """Remember the ids."""
        self.preferred = tuple(ids)

    async def run(self) -> None:
        """Wait until the test ends it."""
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        self.listing = False
        if self.ended_by is not None:
            raise self.ended_by


class FakeChoosing:
    """An account with regions and profiles, and inventories that a test fills."""

    account = "111122223333"
    identity = "arn:aws:sts::111122223333:assumed-role/Admin/jane"

    def __init__(self) -> None:
        self.region, self.profile = "us-east-1", "default"
        self.targets: tuple[ListedTarget, ...] = ()
        self.inventories: list[FakeInventory] = []
        self.failure: MqtailError | None = None
        self.signing_in: asyncio.Event | None = None
        self.asked: list[str] = []

    def inventory(self) -> FakeInventory:
        """One more of them."""
        self.inventories.append(FakeInventory(self.targets))
        return self.inventories[-1]

    def regions(self) -> list[Region]:
        """Three of them."""
        return [
            Region("eu-west-1", "Europe (Ireland)"),
            Region("us-east-1", "US East (N. Virginia)"),
            Region("us-west-2", "US West (Oregon)"),
        ]

    def profiles(self) -> list[Profile]:
        """One of them asks for an MFA code."""
        return [Profile("default", False), Profile("prod", False), Profile("guarded", True)]

    async def switch(self, *, profile: str | None = None, region: str | None = None) -> None:
        """As long, and with the end, that the test wants."""
        if self.signing_in is not None:
            await self.signing_in.wait()
        if self.failure is not None:
            raise self.failure
        self.region, self.profile = region or self.region, profile or self.profile

    def switch_asking(self, profile: str) -> None:
        """Remember it."""
        self.asked.append(profile)


class ChooserApp(App[None]):
    """Shows the chooser, and remembers what was chosen."""

    def __init__(self, choosing: Choosing, **options: Any) -> None:
        super().__init__()
        self._chooser = ChooserScreen(choosing, now=lambda: NOW, **options)
        self.chosen: list[tuple[str, ...]] = []
        self.helped = 0

    def get_default_screen(self) -> Screen[None]:
        """The chooser."""
        return self._chooser

    def on_chooser_screen_chosen(self, message: ChooserScreen.Chosen) -> None:
        """Remember it."""
        self.chosen.append(message.targets)

    def action_help(self) -> None:
        """Count the wishes."""
        self.helped += 1

    @property
    def targets(self) -> TargetList:
        """The list."""
        return self._chooser.query_one(TargetList)

    @property
    def query_text(self) -> str:
        """What was typed."""
        return self._chooser.query_one(Input).value

    def text(self, selector: str) -> str:
        """What a part of the screen shows."""
        return str(self.screen.query_one(selector, Static).render())

    def names(self) -> list[str]:
        """The targets that are listed, by the first word of their rows."""
        rows = [self.targets.render_line(y).text for y in range(1, self.targets.size.height)]
        return [row[5:].split()[0] for row in rows if row[1:2] == "["]


@pytest.fixture
def choosing() -> FakeChoosing:
    """Three brokers and the API calls."""
    choosing = FakeChoosing()
    choosing.targets = (broker("billing"), broker("orders"), broker("prod-orders"), CALLS)
    return choosing


@asynccontextmanager
async def running(
    choosing: Choosing, size: tuple[int, int] = (120, 35), **options: Any
) -> AsyncIterator[tuple[ChooserApp, Pilot[None]]]:
    """The application, and who presses its keys."""
    app = ChooserApp(choosing, **options)
    async with app.run_test(size=size) as pilot:
        yield app, pilot


async def test_rows_appear_as_they_are_found(choosing: FakeChoosing) -> None:
    """With how far it is, and what is in view is looked up first."""
    everything, choosing.targets = choosing.targets, ()
    async with running(choosing) as (app, pilot):
        assert app.targets.placeholder == ("Looking for brokers and clusters in us-east-1…",)
        assert app.text("#count") == "listing…"
        inventory = choosing.inventories[0]
        inventory.targets = (*everything[:1], CALLS)
        await until(pilot, lambda: app.names() == ["billing", "cloudtrail"])
        inventory.targets, inventory.listing = everything, False
        inventory.done, inventory.total = 2, 9
        await until(pilot, lambda: len(app.names()) == 4)
        assert inventory.preferred == tuple(target.id for target in everything)
        await until(pilot, lambda: app.text("#count") == "2/9")
        inventory.end.set()
        await until(pilot, lambda: app.text("#count") == "")
        assert not app.targets.placeholder


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
async def test_it_fits_the_terminal(choosing: FakeChoosing, size: tuple[int, int]) -> None:
    """Names, engines and ages in every size; the details where there is room."""
    async with running(choosing, size) as (app, pilot):
        await pilot.pause()
        row = app.targets.render_line(1).text
        assert all(word in row for word in ("[ ] billing", "ActiveMQ 5.18", "3s"))
        assert "region us-east-1 ▾   profile default ▾" in app.text("#who")
        assert ("111122223333" in app.text("#who")) == (size[0] > 60)
        assert app.screen.query_one("TargetDetail").display == (size[1] > 15)


async def test_who_we_are(choosing: FakeChoosing) -> None:
    """Account and identity, short, where there is room."""
    async with running(choosing) as (app, _):
        assert app.text("#who").endswith("account 111122223333   as Admin/jane")


async def test_keys_choose(choosing: FakeChoosing) -> None:
    """What is marked, or what is under the cursor; what was typed where that fits nothing."""
    async with running(choosing) as (app, pilot):
        for keys, chosen in KEYS:
            await pilot.press(*keys)
            await until(pilot, lambda: bool(app.chosen))
            assert (keys, app.chosen.pop()) == (keys, chosen)
            await pilot.press("escape", "escape", "home")


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ([*"prod", "enter"], ("prod-orders",)),
        (["down", "space", *"bil", "space", "enter"], ("billing", "orders")),
        ([*"x", "backspace", *"ord", "ctrl+a", "enter", *"xyz"], ("orders", "prod-orders")),
    ],
    ids=["typed", "marked", "all"],
)
async def test_keys_that_come_all_at_once_keep_their_order(
    choosing: FakeChoosing, keys: list[str], chosen: tuple[str, ...]
) -> None:
    """As when they are pasted, or typed ahead over a slow connection."""
    async with running(choosing) as (app, pilot):
        await pilot.pause()
        for key in keys:
            app.post_message(
                events.Key(key, {"space": " "}.get(key, key if len(key) == 1 else None))
            )
        await until(pilot, lambda: app.chosen == [chosen])


async def test_names_that_are_not_alone_are_chosen_by_id(choosing: FakeChoosing) -> None:
    """A cluster may be called what a broker is called."""
    choosing.targets = (broker("both", id="b-1"), broker("both", id="arn:x"))
    async with running(choosing) as (app, pilot):
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.chosen == [("arn:x",)])


async def test_escape_clears_one_after_the_other(choosing: FakeChoosing) -> None:
    """The query, the marks; then nothing, or it goes back."""
    async with running(choosing) as (app, pilot):
        await pilot.press("space", *"ord", "escape")
        assert app.query_text == ""
        assert app.targets.marked == {"b-billing"}
        await pilot.press("escape")
        assert app.targets.marked == set()
        await pilot.press("escape")
        await app.push_screen(ChooserScreen(choosing, back=True))
        await pilot.press("escape")
        assert app.screen is app.get_default_screen()


async def test_the_mouse_chooses(choosing: FakeChoosing) -> None:
    """Two clicks tail; the box marks; region and profile are clicked; the query keeps the keys."""
    async with running(choosing) as (app, pilot):
        await pilot.pause()
        await pilot.click(TargetList, offset=(2, 1))
        await pilot.press("x")
        assert app.query_text == "x"
        assert app.targets.marked == {"b-billing"}
        await pilot.press("escape", "escape")
        await pilot.click(TargetList, offset=(20, 2), times=2)
        await until(pilot, lambda: app.chosen == [("orders",)])
        for name in ("region us", "profile def"):
            at = app.text("#who").index(name) + len(name)
            await pilot.click("#who", offset=(at, 0))
            await until(pilot, lambda: isinstance(app.screen, SwitchScreen))
            await pilot.press("escape")


async def test_refreshing_keeps_the_marks(choosing: FakeChoosing) -> None:
    """The former look ends."""
    async with running(choosing) as (app, pilot):
        await pilot.press("space", "f5")
        await until(pilot, lambda: choosing.inventories[0].cancelled)
        assert len(choosing.inventories) == 2
        assert app.targets.marked == {"b-billing"}
        await pilot.press("f1")
        assert app.helped == 1


async def test_what_is_missing_is_said(choosing: FakeChoosing) -> None:
    """With the permission, below what is there."""
    async with running(choosing, (80, 24)) as (app, pilot):
        inventory = choosing.inventories[0]
        inventory.problems = [TargetError("No brokers.", "Ask for mq:ListBrokers.")]
        inventory.end.set()
        await until(pilot, lambda: "Ask for mq:ListBrokers. No brokers." in app.text("#problems"))
        assert app.screen.query_one("#problems").region.height == 1


@pytest.mark.parametrize(
    ("failure", "lines"),
    [
        (NoSuchTarget("There are none.", "Use --region."), ("There are none.", "")),
        (TargetError("Not permitted.", "Ask."), ("Not permitted.", "Ask.")),
        (ValueError("odd"), ("ValueError: odd", "This is an error in mqtail; F5 tries again.")),
    ],
    ids=["none", "denied", "unforeseen"],
)
async def test_nothing_at_all_says_what_can_be_done(
    choosing: FakeChoosing, failure: Exception, lines: tuple[str, ...]
) -> None:
    """Another region, another profile, a name."""
    choosing.targets = (CALLS,)
    async with running(choosing) as (app, pilot):
        inventory = choosing.inventories[0]
        inventory.ended_by = failure
        inventory.end.set()
        await until(pilot, lambda: app.targets.placeholder[:2] == lines)
        assert any("ctrl+r: another region" in line for line in app.targets.placeholder)
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen == [("cloudtrail",)])


async def test_a_failure_beside_what_is_known(choosing: FakeChoosing) -> None:
    """The rows stay, and it is said below them."""
    async with running(choosing) as (app, pilot):
        inventory = choosing.inventories[0]
        inventory.ended_by = CredentialsError("The credentials have expired.")
        inventory.end.set()
        await until(pilot, lambda: "have expired" in app.text("#problems"))
        assert len(app.names()) == 4


def options(app: ChooserApp) -> list[str]:
    """The rows of the dialog."""
    rows = app.screen.query_one(OptionList).options
    return [str(Content(str(option.prompt))) for option in rows]


@pytest.mark.parametrize("key", ["ctrl+r", "tab"])
async def test_another_region(choosing: FakeChoosing, key: str) -> None:
    """Typed, chosen, and looked into; the marks of the former one are gone."""
    async with running(choosing) as (app, pilot):
        await pilot.press("space", key)
        await until(pilot, lambda: isinstance(app.screen, SwitchScreen) and len(options(app)) == 3)
        assert app.screen.query_one(OptionList).highlighted == 1
        assert options(app)[1].startswith("● us-east-1")
        await pilot.press(*"oreg")
        assert len(options(app)) == 1
        choosing.targets = (broker("west"),)
        await pilot.press("enter")
        await until(pilot, lambda: app.names() == ["west"])
        assert "region us-west-2" in app.text("#who")
        assert app.targets.marked == set()


async def test_a_region_that_is_not_listed(choosing: FakeChoosing) -> None:
    """Is taken as typed."""
    async with running(choosing) as (_, pilot):
        await pilot.press("tab", *"xx-new-1")
        await pilot.press("enter")
        await until(pilot, lambda: choosing.region == "xx-new-1")


async def test_a_failed_sign_in_is_said_in_the_dialog(choosing: FakeChoosing) -> None:
    """It stays open, with the hint; the former sign-in stays."""
    choosing.failure = CredentialsError("The token has expired.", "Run `aws sso login`.")
    async with running(choosing) as (app, pilot):
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, SwitchScreen) and len(options(app)) == 3)
        await pilot.press("down", "enter")
        status = "SwitchScreen > Vertical > Static"
        await until(pilot, lambda: "The token has expired." in app.text(status))
        assert "aws sso login" in app.text(status)
        await pilot.press("escape")
        assert len(choosing.inventories) == 1
        assert "profile default" in app.text("#who")


async def test_an_unforeseen_failure_is_said_in_the_dialog(
    choosing: FakeChoosing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a sign-in and of the list: nobody waits for what has ended."""

    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("oh")

    async with running(choosing) as (app, pilot):
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, SwitchScreen) and len(options(app)) == 3)
        monkeypatch.setattr(choosing, "switch", broken)
        await pilot.press("down", "enter")
        status = "SwitchScreen > Vertical > Static"
        await until(pilot, lambda: "ZeroDivisionError: oh" in app.text(status))
        assert "sign-in is kept" in app.text(status)
        await pilot.press("escape")
        monkeypatch.setattr(choosing, "regions", broken)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, SwitchScreen))
        await until(pilot, lambda: "ZeroDivisionError: oh" in app.text(status))


async def test_signing_in_can_be_given_up(choosing: FakeChoosing) -> None:
    """While it takes long; then nothing has changed, whatever comes of it."""
    choosing.signing_in = asyncio.Event()
    async with running(choosing) as (app, pilot):
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, SwitchScreen) and len(options(app)) == 3)
        await pilot.press("down", "enter")
        status = "SwitchScreen > Vertical > Static"
        await until(pilot, lambda: app.text(status) == "Signing in: prod…")
        await pilot.press("enter", "escape")
        assert isinstance(app.screen, ChooserScreen)
        choosing.signing_in.set()
        await pilot.pause()
        assert choosing.profile == "default"


async def test_a_profile_that_asks_for_a_code(choosing: FakeChoosing) -> None:
    """Where the terminal cannot be given away, it says how to start."""
    async with running(choosing) as (app, pilot):
        await pilot.press("ctrl+o", *"guard")
        await until(pilot, lambda: len(options(app)) == 1)
        assert "asks for an MFA code" in options(app)[0]
        await pilot.press("enter")
        status = "SwitchScreen > Vertical > Static"
        await until(pilot, lambda: "--profile guarded" in app.text(status))
        assert choosing.asked == []


async def test_over_the_embedded_aws(story_aws: EmbeddedAws) -> None:
    """From an empty region to the story's, and a cluster is chosen."""
    settings = Settings(max_requests=1000, endpoint_url=story_aws.url)
    choice = Choice(settings, SignIn("eu-west-1", "1", endpoint_url=story_aws.url))
    async with running(choice) as (app, pilot):
        await until(pilot, lambda: app.targets.placeholder[0].startswith("There are no Amazon MQ"))
        await pilot.press("tab", *"virg")
        await until(pilot, lambda: len(options(app)) == 1)
        await pilot.press("enter")
        await until(pilot, lambda: "clicks-msk" in app.names())
        assert choice.account == story_aws.account
        await pilot.press(*"clicks", "enter")
        await until(pilot, lambda: app.chosen == [("clicks-msk",)])
