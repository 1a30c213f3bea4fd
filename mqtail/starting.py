"""What the UI shows until AWS libraries are loaded and somebody has signed in, and then goes on.

Loading them takes half a second, signing in as long as AWS takes to answer. Nothing here imports
them: what reads, looks and checks is made in a thread, and each class here stands for one such
thing, which it passes everything on to once it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mqtail.clock import Clock
from mqtail.errors import MqtailError
from mqtail.inventory import ListedTarget, Profile, Region
from mqtail.later import Later
from mqtail.notes import Notes, noting_buffer
from mqtail.settings import Settings
from mqtail.status import OlderHistory, ReaderStatus
from mqtail.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mqtail.checks.runner import CheckedTarget, Checkup
    from mqtail.choice import Choice
    from mqtail.engine import Tail
    from mqtail.listing import Inventory
    from mqtail.store import Store

MakeTail = Callable[[list[str], "Store", Clock], "Tail"]
"""Makes a tail of its notes, its store and its clock; may block."""


class StartingChoice:
    """An account and a region, as `Choice` has them once somebody has signed in.

    Args:
        settings: what was asked for.
        choice: signs in, and gives the choice.
    """

    def __init__(self, settings: Settings, choice: Later[Choice]) -> None:
        self._settings = settings
        self._choice = choice

    @property
    def settings(self) -> Settings:
        """What was asked for, with the profile and region that were chosen."""
        choice = self._choice.made
        return choice.settings if choice else self._settings

    @property
    def region(self) -> str:
        """The region in force; empty until somebody has signed in."""
        choice = self._choice.made
        return choice.region if choice else ""

    @property
    def account(self) -> str:
        """The account's id; empty where it is not known."""
        choice = self._choice.made
        return choice.account if choice else ""

    @property
    def identity(self) -> str:
        """The caller's ARN; empty where it is not known."""
        choice = self._choice.made
        return choice.identity if choice else ""

    @property
    def profile(self) -> str:
        """The profile in force; empty where keys in the environment serve, or nobody signed in."""
        choice = self._choice.made
        return choice.profile if choice else ""

    def inventory(self) -> Inventory | StartingInventory:
        """What there is, to be found out."""
        choice = self._choice.made
        return choice.inventory() if choice else StartingInventory(self._choice)

    def regions(self) -> Sequence[Region]:
        """The regions that can be chosen. Reads files.

        Raises:
            MqtailError: they cannot be read.
        """
        return self._choice.wait().regions()

    def profiles(self) -> Sequence[Profile]:
        """The profiles of the AWS configuration. Reads files.

        Raises:
            MqtailError: they cannot be read.
        """
        return self._choice.wait().profiles()

    async def switch(self, *, profile: str | None = None, region: str | None = None) -> None:
        """Sign in with another profile or in another region.

        Raises:
            MqtailError: signing in failed.
        """
        choice = await self._choice.ready()
        await choice.switch(profile=profile, region=region)

    def switch_asking(self, profile: str) -> None:
        """Sign in with a profile that asks for an MFA code: on the terminal, blocking.

        Raises:
            MqtailError: signing in failed.
        """
        self._choice.wait().switch_asking(profile)


class StartingInventory:
    """Brokers and clusters, as `Inventory` finds them out once somebody has signed in.

    Args:
        choice: what gives the inventory.
    """

    def __init__(self, choice: Later[Choice]) -> None:
        self._choice = choice
        self._inventory: Inventory | None = None

    @property
    def problems(self) -> list[MqtailError]:
        """Why brokers or clusters are missing."""
        return self._inventory.problems if self._inventory else []

    @property
    def listing(self) -> bool:
        """Whether there may be further targets."""
        return self._inventory.listing if self._inventory else True

    @property
    def done(self) -> int:
        """Look-ups that were made."""
        return self._inventory.done if self._inventory else 0

    @property
    def total(self) -> int:
        """Look-ups that are to be made, as far as is known."""
        return self._inventory.total if self._inventory else 0

    @property
    def targets(self) -> tuple[ListedTarget, ...]:
        """The targets as far as they are known."""
        return self._inventory.targets if self._inventory else ()

    def prefer(self, ids: Iterable[str]) -> None:
        """Look these targets up before all others."""
        if self._inventory:
            self._inventory.prefer(ids)

    async def run(self) -> None:
        """Find out everything.

        Raises:
            MqtailError: nobody can sign in, or nothing can be found out.
        """
        self._inventory = (await self._choice.ready()).inventory()
        await self._inventory.run()


class StartingTail:
    """A tail, as `Tail` runs it once it is there.

    Args:
        settings: what was asked for.
        make: gives the tail, and signs in before where nobody has.

    Attributes:
        tail: what reads.
    """

    def __init__(self, settings: Settings, make: MakeTail) -> None:
        clock = Clock()
        self.notes: list[str] = Notes()
        """What a user should know, in the order in which it came up."""
        self.store = noting_buffer(settings, self.notes, clock)
        self.tail = Later(lambda: make(self.notes, self.store, clock))
        self._clock = clock
        self._older = OlderHistory(reason="Nothing has been read yet")

    @property
    def targets(self) -> list[Target]:
        """Whose logs are read."""
        tail = self.tail.made
        return tail.targets if tail else []

    @property
    def readers(self) -> list[ReaderStatus]:
        """One for each log in each place, read or available."""
        tail = self.tail.made
        return tail.readers if tail else []

    @property
    def older(self) -> OlderHistory:
        """How reading further back than the start stands."""
        tail = self.tail.made
        return tail.older if tail else self._older

    @property
    def phase(self) -> str:
        """`signing in`, and then the tail's."""
        tail = self.tail.made
        return tail.phase if tail else "signing in"

    @property
    def progress(self) -> float | None:
        """How much has been read, 0 to 1; None: not known."""
        tail = self.tail.made
        return tail.progress if tail else None

    @property
    def now(self) -> int:
        """The service's time, ms since the epoch, as far as it is known."""
        return self._clock.now()

    async def run(self) -> None:
        """Read until cancelled, or until everything asked for is read.

        Raises:
            MqtailError: nobody can sign in, or nothing can be read.
        """
        await (await self.tail.ready()).run()

    def checkup(self, changed: Callable[[], None]) -> StartingCheckup:
        """A run of the setup check that calls `changed` whenever there is news."""

        def make() -> Checkup:
            tail = self.tail.wait()
            from mqtail.checks.runner import Checkup

            return Checkup(tail.settings, tail.sign_in, changed=changed, budget=tail.budget)

        return StartingCheckup(make)

    def read_now(self) -> None:
        """Read at once, without waiting for the next turn."""
        if tail := self.tail.made:
            tail.read_now()

    def read_also(self, status: ReaderStatus) -> None:
        """Read a log that is available and not read so far."""
        if tail := self.tail.made:
            tail.read_also(status)

    def read_older(self) -> None:
        """Read a step further back than so far."""
        if tail := self.tail.made:
            tail.read_older()


class StartingCheckup:
    """A run of the setup check, as `Checkup` makes it once it is there.

    Args:
        make: gives the run, and signs in before where nobody has; may block.
    """

    def __init__(self, make: Callable[[], Checkup]) -> None:
        self._checkup = Later(make)

    @property
    def targets(self) -> Sequence[CheckedTarget]:
        """What is checked; known after a moment."""
        checkup = self._checkup.made
        return checkup.targets if checkup else ()

    @property
    def notes(self) -> Sequence[str]:
        """What a user should know about how the targets were found."""
        checkup = self._checkup.made
        return checkup.notes if checkup else ()

    @property
    def done(self) -> int:
        """How many checks have been made."""
        checkup = self._checkup.made
        return checkup.done if checkup else 0

    @property
    def total(self) -> int:
        """How many there are to be made."""
        checkup = self._checkup.made
        return checkup.total if checkup else 0

    async def run(self) -> None:
        """Make all checks.

        Raises:
            MqtailError: nobody can sign in, or there is nothing to check.
        """
        await (await self._checkup.ready()).run()
