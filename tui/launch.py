"""How a tail comes to be: what the application shows, and what else it could show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from mqtail.settings import Settings
from tui.choosing import Choosing
from tui.session import TailSession
from tui.setup_check import MakeCheckup


class Tailing(NamedTuple):
    """A session with what belongs to it."""

    session: TailSession
    """What reads the logs."""
    settings: Settings
    """What was asked for."""
    checkup: MakeCheckup | None = None
    """Prepares a run of the setup check; None: there is nothing to check."""


class Launch(NamedTuple):
    """Where one can choose what to tail, and have it tailed."""

    choosing: Choosing
    """An account and a region, and what there is to choose."""
    tail: Callable[[tuple[str, ...]], Tailing]
    """Gives a tail of targets by their names, ids, ARNs or log groups."""
    sign_in: Callable[[], Awaitable[object]] | None = None
    """Signs in where nobody has, once the first frame is shown; a failure ends the application."""
    remembers: bool = True
    """Whether what is tailed is worth keeping for the next run."""
