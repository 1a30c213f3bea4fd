"""What the chooser needs to know, and to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from mqtail.errors import MqtailError
from mqtail.inventory import ListedTarget, Profile, Region


class TargetInventory(Protocol):
    """Finds out bit by bit what there is, on the application's own event loop."""

    @property
    def problems(self) -> list[MqtailError]:
        """Why brokers or clusters are missing."""

    @property
    def listing(self) -> bool:
        """Whether there may be further targets."""

    @property
    def done(self) -> int:
        """Look-ups that were made."""

    @property
    def total(self) -> int:
        """Look-ups that are to be made, as far as is known."""

    @property
    def targets(self) -> tuple[ListedTarget, ...]:
        """The targets as far as they are known; the same tuple while nothing has changed."""

    def prefer(self, ids: Iterable[str]) -> None:
        """Look these targets up before all others."""

    async def run(self) -> None:
        """Find out everything.

        Raises:
            MqtailError: there is nothing, or nothing can be found out.
        """


class Choosing(Protocol):
    """An account and a region, and what there is to choose."""

    @property
    def region(self) -> str:
        """The region in force; empty until somebody has signed in."""

    @property
    def account(self) -> str:
        """The account's id; empty where it is not known."""

    @property
    def identity(self) -> str:
        """The caller's ARN; empty where it is not known."""

    @property
    def profile(self) -> str:
        """The profile in force; empty while keys in the environment serve instead."""

    def inventory(self) -> TargetInventory:
        """What there is, to be found out; it begins with what was known the last time."""

    def regions(self) -> Sequence[Region]:
        """The regions that can be chosen. Reads files.

        Raises:
            MqtailError: they cannot be read.
        """

    def profiles(self) -> Sequence[Profile]:
        """The profiles that can be chosen. Reads files.

        Raises:
            MqtailError: they cannot be read.
        """

    async def switch(self, *, profile: str | None = None, region: str | None = None) -> None:
        """Sign in with another profile or in another region; what is None stays as it is.

        Raises:
            MqtailError: signing in failed; the sign-in stays in force that was.
        """

    def switch_asking(self, profile: str) -> None:
        """Sign in with a profile that asks for an MFA code: on the terminal, blocking.

        Raises:
            MqtailError: signing in failed; the sign-in stays in force that was.
        """
