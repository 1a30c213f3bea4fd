"""How the state of a reader is shown: a mark, a word and a colour, never a colour alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mqtail.status import ReaderStatus, State


class Look(NamedTuple):
    """How a state is shown."""

    mark: str
    word: str
    tone: str
    """`good`, `busy`, `warn`, `bad` or `idle`: chooses the colour."""


LOOKS = {
    State.FAILING: Look("✖", "failing", "bad"),
    State.THROTTLED: Look("▲", "throttled", "warn"),
    State.BEHIND: Look("◐", "behind", "warn"),
    State.HISTORY: Look("◔", "reading history", "busy"),
    State.STARTING: Look("◌", "starting", "busy"),
    State.LIVE: Look("●", "live", "good"),
    State.WAITING: Look("◌", "waiting", "idle"),
    State.ENDED: Look("■", "ended", "idle"),
}
"""Looks of the states, the one that most needs a person's attention first."""

TONES = ("good", "busy", "warn", "bad", "idle")
OFF = "○"
"""Mark of a source that is not shown."""

_URGENCY = {state: rank for rank, state in enumerate(LOOKS)}


def worst(states: Iterable[State]) -> State:
    """The state that stands for several; `STARTING` for none."""
    return min(states, key=_URGENCY.__getitem__, default=State.STARTING)


def worst_reader(readers: Iterable[ReaderStatus]) -> ReaderStatus | None:
    """The reader that most needs attention, the first of equals; None without readers."""
    return min(readers, key=lambda reader: _URGENCY[reader.state], default=None)
