"""What an empty log says: why there is nothing to see, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from mqtail.status import OlderHistory, OlderState, ReaderStatus, State
from tui.conditions import Conditions
from widgets.human import events, time_of_day
from widgets.states import at_work, most_telling, title
from widgets.status_line import BUSY_PHASES, SIGN_IN_PHASE


def empty_text(
    *,
    phase: str,
    readers: Sequence[ReaderStatus],
    complete: bool,
    held: int,
    conditions: Conditions,
    since: int,
    zone: tzinfo,
    stopped: bool = False,
    has_check: bool = False,
    older: OlderHistory | None = None,
    notes: Sequence[str] = (),
) -> tuple[str, ...]:
    """A title, and lines that explain it.

    Args:
        phase: what the session as a whole is doing.
        readers: all there are.
        complete: whether all that is in the buffer has been looked at.
        held: events in the buffer, shown or not.
        conditions: what has to be met to be shown.
        since: from when on events are read, ms since the epoch.
        zone: zone of the times that are shown.
        stopped: whether reading came to an unforeseen end.
        has_check: whether there is a setup check.
        older: how reading further back than the start stands; None: nothing does.
        notes: what the session has told.
    """
    read = at_work(readers)
    trouble = _trouble(read)
    if held and not complete:
        return (f"Looking through {events(held)}…",)
    if held:
        others = conditions.described()
        change = "press escape to show everything"
        if not conditions.filter.is_empty:
            change = "press f to change the filter" + (
                ", escape to drop the rest" if others else ""
            )
        return (
            f"Nothing matches: {events(held)} {'is' if held == 1 else 'are'} hidden",
            *([", ".join(others)] if others else []),
            change,
            *trouble,
        )
    if stopped:
        return ("Reading stopped", "the line at the bottom says why")
    if phase == SIGN_IN_PHASE:
        return ("Waiting for a sign-in…", *notes[-1:], "", "press r to try again at once")
    if phase in BUSY_PHASES or (not readers and phase != "ended"):
        return (f"{(phase or 'starting').capitalize()}…",)
    if older is not None and older.reached:
        since = min(since, older.reached)
    start = time_of_day(since, zone)
    if older is not None and older.state is OlderState.READING:
        return (f"No events since {start}", "reading further back…", *trouble)
    check = ("press c for the setup check: why are there no logs?",) if has_check else ()
    if phase == "ended":
        read_to = "everything that was asked for has been read"
        return (f"No events since {start}", read_to, *check, *trouble)
    if not read:
        return ("Nothing is read", "press d to read the logs where they are available")
    if any(reader.state in (State.STARTING, State.HISTORY) for reader in read):
        return (f"Reading the events since {start}…", *trouble)
    return (f"No events since {start}", "waiting for new ones", *check, *trouble)


def _trouble(readers: Sequence[ReaderStatus]) -> tuple[str, ...]:
    reader = most_telling(readers)
    if reader is None or not (reader.state.troubled or reader.state is State.WAITING):
        return ()
    reason = reader.reason or reader.state.value
    lines = ["", f"{title(reader)}: {reason}"]
    return (*lines, f"→ {reader.hint}") if reader.hint else tuple(lines)
