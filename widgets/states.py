"""How the state of a reader is shown: a mark, a word and a colour, never a colour alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    State.AVAILABLE: Look("◇", "available", "idle"),
}
"""Looks of the states, the one that most needs a person's attention first."""

TONES = ("good", "busy", "warn", "bad", "idle")
OFF = "○"
"""Mark of a source that is not shown."""

NO_STREAM = "nothing has been written there so far"
"""Why a log that can be read gives nothing."""

_URGENCY = {state: rank for rank, state in enumerate(LOOKS)}


def worst(states: Iterable[State]) -> State:
    """The state that stands for several; `STARTING` for none."""
    return min(states, key=_URGENCY.__getitem__, default=State.STARTING)


def at_work(readers: Sequence[ReaderStatus]) -> list[ReaderStatus]:
    """The readers of what is read; not those of logs that are only available."""
    return [reader for reader in readers if reader.state is not State.AVAILABLE]


def worst_reader(readers: Iterable[ReaderStatus]) -> ReaderStatus | None:
    """The reader that most needs attention, the first of equals; None without readers.

    Of what is read only where that is permitted, and is not, any other reader comes first. One
    that is only available stands for the others where all of them are.
    """
    return min(readers, key=_urgency, default=None)


def most_telling(readers: Sequence[ReaderStatus]) -> ReaderStatus | None:
    """The reader whose reason is told: the worst one, or else one that has a reason at all.

    While all others are well, that is one that waits for its log, or that is not permitted.
    """
    reader = worst_reader(readers)
    if reader is None or reader.reason or reader.state.troubled:
        return reader
    return min((other for other in readers if other.reason), key=_urgency, default=reader)


def not_permitted(reader: ReaderStatus) -> bool:
    """Whether it would be read where that is permitted, and is not."""
    return reader.optional and reader.hopeless and reader.state is State.FAILING


def is_missing(reader: ReaderStatus) -> bool:
    """Whether what it reads is not there, or never held anything: a log group without streams.

    That no API call has been made is nothing that is missing.
    """
    empty = reader.listed and reader.state is State.LIVE
    return reader.kind != "api" and not reader.streams and (empty or reader.state is State.WAITING)


def without_logs(target: str, readers: Sequence[ReaderStatus]) -> ReaderStatus | None:
    """The reader that tells why there is no log of a target at all; None where there is one.

    What is read counts, and the API calls are not the target's logs.
    """
    own = [
        reader for reader in at_work(readers) if reader.target == target and reader.kind != "api"
    ]
    return most_telling(own) if own and all(map(is_missing, own)) else None


def title(reader: ReaderStatus) -> str:
    """What a reader is called beside others."""
    return "API calls" if reader.kind == "api" else f"{reader.target} {reader.log}"


def _urgency(reader: ReaderStatus) -> float:
    if not_permitted(reader):
        return _URGENCY[State.AVAILABLE] - 0.5
    return _URGENCY[reader.state]
