"""Switching to another profile, which may have to ask for an MFA code on the terminal."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from textual.app import App, SuspendNotSupported

from mqtail.errors import CredentialsError, UsageError
from mqtail.printable import printable
from mqtail.stdio import print_all
from tui.choosing import Choosing
from tui.screens.switch import Choosable


class Profiles:
    """The profiles to choose from, and how to switch to one.

    Args:
        choosing: what knows them.
        app: gives the terminal away while a code is asked for.
    """

    def __init__(self, choosing: Choosing, app: App[object]) -> None:
        self._choosing = choosing
        self._app = app
        self._asking: frozenset[str] = frozenset()

    def load(self) -> Sequence[Choosable]:
        """What can be chosen. Reads files.

        Raises:
            MqtailError: they cannot be read.
        """
        profiles = self._choosing.profiles()
        self._asking = frozenset(profile.name for profile in profiles if profile.needs_mfa)
        return [
            Choosable(profile.name, "asks for an MFA code" if profile.needs_mfa else "")
            for profile in profiles
        ]

    async def switch(self, name: str) -> None:
        """Sign in with a profile.

        Raises:
            MqtailError: signing in failed.
        """
        if name not in self._asking:
            await self._choosing.switch(profile=name)
            return
        try:
            with self._app.suspend():
                print_all(f"mqtail signs in with the profile {printable(name)}.\n")
                failure = self._ask(name)
        except SuspendNotSupported as error:
            raise UsageError(
                f"The profile {name} asks for an MFA code, which cannot be asked for here.",
                f"Start mqtail with --profile {name}.",
            ) from error
        if failure is not None:
            raise failure

    def _ask(self, name: str) -> Exception | None:
        """Sign in, and give what went wrong: raised, it would keep the terminal away.

        Ctrl+C ends the question, not the application.
        """
        with _default_interrupt():
            try:
                self._choosing.switch_asking(name)
            except KeyboardInterrupt:
                return CredentialsError("No MFA code was given.", "The former sign-in is kept.")
            except Exception as error:
                return error
        return None


@contextmanager
def _default_interrupt() -> Iterator[None]:
    """Interrupts raise, instead of what asyncio makes of them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
