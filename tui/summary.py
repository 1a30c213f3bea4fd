"""How things stand, in the words of the status line."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import tzinfo

from mqtail.status import ReaderStatus
from mqtail.store import Store
from tui.conditions import Conditions
from tui.session import TailSession
from widgets.human import count, events, time_of_day
from widgets.log_view import LogView
from widgets.states import LOOKS
from widgets.status_line import Status, overall

RATE_SPAN_MS = 5_000
"""Time over which the rate of events is taken."""


class Rate:
    """Events per second over the last seconds."""

    def __init__(self) -> None:
        self._totals: deque[tuple[int, int]] = deque()

    def take(self, now: int, total: int) -> None:
        """Remember how many events had come by a moment (ms)."""
        self._totals.append((now, total))
        while now - self._totals[0][0] > RATE_SPAN_MS:
            self._totals.popleft()

    @property
    def per_second(self) -> float | None:
        """The rate; None while it is not known."""
        if not self._totals or self._totals[-1][0] == self._totals[0][0]:
            return None
        (first_time, first), (last_time, last) = self._totals[0], self._totals[-1]
        return (last - first) * 1000 / (last_time - first_time)


def summary(
    session: TailSession,
    log: LogView,
    conditions: Conditions,
    rate: Rate,
    zone: tzinfo,
    stopped: str = "",
) -> Status:
    """What the status line says.

    Args:
        session: what reads the logs.
        log: what shows them.
        conditions: what has to be met to be shown.
        rate: of the events that come.
        zone: zone of the times that are shown.
        stopped: what reading ended with, if that was unforeseen.
    """
    state, label, reason = overall(session.readers, session.phase)
    mark, _, tone = LOOKS[state]
    if stopped:
        label, reason, mark, tone = "stopped", stopped, "✖", "bad"
    elif label == "reading history" and not reason:
        reason = _history(session.readers, zone)
    facts = _facts(session.store, session.readers, rate)
    return Status(label, mark, tone, reason, _hints(log), conditions.described(), facts)


def _history(readers: Sequence[ReaderStatus], zone: tzinfo) -> str:
    reached = [reader.history_to for reader in readers if reader.history_to]
    return f"back to {time_of_day(max(reached), zone)}" if reached else ""


def _hints(log: LogView) -> tuple[str, ...]:
    hints = []
    if log.paused:
        hints.append(f"‖ PAUSED · {count(log.waiting)} waiting · space goes on")
    elif not log.follow:
        new = f"↓ {count(log.waiting)} new" if log.waiting else "‖ SCROLLED"
        hints.append(f"{new} · end follows")
    if log.inserted_above and not log.follow:
        hints.append(f"↑ {count(log.inserted_above)} inserted above")
    return tuple(hints)


def _facts(store: Store, readers: Sequence[ReaderStatus], rate: Rate) -> tuple[str, ...]:
    facts = [events(len(store))]
    if rate.per_second is not None:
        facts.append(f"{rate.per_second:,.0f}/s")
    late = sum(reader.late for reader in readers)
    if late:
        facts.append(f"{count(late)} late")
    if store.dropped:
        facts.append(f"{count(store.dropped)} dropped")
    throttles = sum(reader.throttles for reader in readers)
    if throttles:
        facts.append(f"{count(throttles)} throttled")
    return tuple(facts)
