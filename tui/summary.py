"""How things stand, in the words of the status line."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

from mqtail.coverage import coverage, dropped, moment, together
from mqtail.status import OlderHistory, OlderState, ReaderStatus, State
from mqtail.store import Store
from tui.conditions import Conditions
from tui.scopes import ALL, LogTab
from tui.session import TailSession
from tui.silence import silence, silent_targets
from widgets.human import count, events, objects, short_time, time_of_day
from widgets.log.view import LogView
from widgets.states import LOOKS, at_work
from widgets.status_line import Hint, Status, overall

WORKING = set(State) - {State.FAILING, State.WAITING, State.AVAILABLE}
"""States of a reader that end with the session."""
OLDER_ENDS = {
    OlderState.COMPLETE: "nothing older is kept",
    OlderState.FULL: "the buffer is full: nothing older fits",
}
"""Why reading further back does not go on, where nothing else is known."""
RATE_SPAN_MS = 5_000
"""Time over which the rate of events is taken."""


def present_readers(readers: Sequence[ReaderStatus], *, over: bool) -> Sequence[ReaderStatus]:
    """The readers as they are now: when reading is over, none of them is at work any more.

    Args:
        readers: as they reported last.
        over: whether the session has ended.
    """
    return [_ended(reader) for reader in readers] if over else readers


def _ended(reader: ReaderStatus) -> ReaderStatus:
    if reader.state is State.AVAILABLE:
        return replace(reader, reason="not read, and reading has ended")
    return replace(reader, state=State.ENDED) if reader.state in WORKING else reader


class Rate:
    """Events per second over the last seconds."""

    def __init__(self) -> None:
        self._totals: deque[tuple[int, int]] = deque()
        self._catching_up = False

    def take(self, now: int, total: int, readers: Sequence[ReaderStatus]) -> None:
        """Remember how many events had come by a moment (ms); history that is read is no rate."""
        states = {reader.state for reader in at_work(readers)}
        catching_up = not states or bool(states & {State.STARTING, State.HISTORY})
        went_back = bool(self._totals) and now < self._totals[-1][0]
        if catching_up or self._catching_up or went_back:
            self._totals.clear()
        self._catching_up = catching_up
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
    readers: Sequence[ReaderStatus],
    log: LogView,
    conditions: Conditions,
    rate: Rate,
    zone: tzinfo,
    stopped: str = "",
    failed_checks: int = 0,
    *,
    now: int = 0,
    since: int | None = None,
    split: bool = False,
    context: bool = False,
    tab: LogTab = ALL,
) -> Status:
    """What the status line says.

    Args:
        session: what reads the logs.
        readers: as they are now.
        log: what shows them.
        conditions: what has to be met to be shown.
        rate: of the events that come.
        zone: zone of the times that are shown.
        stopped: what ended reading before its time; empty: nothing has.
        failed_checks: how many checks of the setup check failed.
        now: the time, ms since the epoch.
        since: from when on events are read, ms since the epoch; None: not known.
        split: whether two panes stand side by side.
        context: whether everything around an event is shown, for a moment.
        tab: the tab that is shown.
    """
    silent, progress = silent_targets(session.targets, readers), session.progress
    state, label, reason = overall(readers, session.phase, silent)
    mark, _, tone = LOOKS[state]
    if stopped:
        label, mark, tone, reason = "stopped", "✖", "bad", stopped
    elif state is State.AVAILABLE:
        reason = "press d to read the logs where they are available"
    elif state is State.HISTORY:
        reason = reason or _history(readers, zone)
        if progress is None and since is not None:
            progress = _share_read(readers, since, now)
    elif state is State.WAITING and silent:
        reason = reason or silence(silent)
    hints = _hints(log)
    if failed_checks:
        failed = f"× {count(failed_checks)} failed"
        hints += (Hint("check", f"{failed} in the setup check · c", failed),)
    modes = _older(session.older, log, now, zone)
    if context:
        modes = (Hint("context", "context · x goes back", "context · x"), *modes)
    if split:
        modes = (Hint("split", "‖ split"), *modes)
    moving = state not in (State.ENDED, State.AVAILABLE)
    facts = _facts(session.store, readers, rate.per_second if moving else None, now, zone, tab)
    return Status(
        label,
        mark,
        tone,
        reason,
        hints,
        conditions.described(),
        facts,
        progress=None if stopped else progress,
        modes=modes,
    )


def _history(readers: Sequence[ReaderStatus], zone: tzinfo) -> str:
    reached = [reader.history_to for reader in readers if reader.history_to]
    return f"back to {time_of_day(max(reached), zone)}" if reached else ""


def _share_read(readers: Sequence[ReaderStatus], since: int, now: int) -> float:
    """How much of the time since the start is read by the reader that is furthest behind."""
    reached = [reader.history_to or now for reader in readers if reader.state is State.HISTORY]
    return (now - max(reached, default=since)) / max(1, now - since)


def _older(older: OlderHistory, log: LogView, now: int, zone: tzinfo) -> tuple[Hint, ...]:
    """How reading further back goes; at the top of the log also why it does not go on."""
    if older.state is OlderState.READING:
        reached = f", to {short_time(older.reached, now, zone)}" if older.reached else ""
        said = f"◔ reading back{reached}"
        return (Hint("older", f"{said}, {events(older.events)}", said),)
    # A new filter has emptied the rows before the page is drawn anew.
    if log.follow or (log.page and log.page[:1] != log.rows[:1]):
        return ()
    said = older.reason or OLDER_ENDS.get(older.state, "")
    return (Hint("older", f"⊤ {said}"),) if said else ()


def _hints(log: LogView) -> tuple[Hint, ...]:
    hints = []
    if log.paused:
        paused = f"‖ PAUSED · {count(log.waiting)} waiting"
        hints.append(Hint("resume", f"{paused} · space goes on", paused))
    elif not log.follow:
        new = f"↓ {count(log.waiting)} new" if log.waiting else "‖ SCROLLED"
        hints.append(Hint("follow", f"{new} · end follows", new))
    if log.inserted_above and not log.follow:
        inserted = f"↑ {count(log.inserted_above)}"
        hints.append(Hint("inserted", f"{inserted} inserted above", inserted))
    return tuple(hints)


def _facts(
    store: Store,
    readers: Sequence[ReaderStatus],
    per_second: float | None,
    now: int,
    zone: tzinfo,
    tab: LogTab,
) -> tuple[str, ...]:
    facts = [_lagging(readers, now, zone, tab), events(len(store))]
    if per_second is not None:
        facts.append(f"{per_second:,.0f}/s")
    facts.append(dropped(store, now, zone))
    late = sum(reader.late for reader in readers)
    if late:
        facts.append(f"{count(late)} late")
    too_late = sum(reader.too_late for reader in readers)
    if too_late:
        facts.append(f"{count(too_late)} too late to show")
    passed_over = sum(reader.passed_over for reader in readers)
    if passed_over:
        facts.append(f"{objects(passed_over)} passed over")
    throttles = sum(reader.throttles for reader in readers)
    if throttles:
        facts.append(f"{count(throttles)} throttled")
    return tuple(filter(None, facts))


def _lagging(readers: Sequence[ReaderStatus], now: int, zone: tzinfo, tab: LogTab) -> str:
    """Up to when the sources of the tab are complete, where one of them is behind for long."""
    known = [
        coverage(reader, now)
        for reader in at_work(readers)
        if any(tab.holds(stream.source) for stream in reader.streams.values())
    ]
    behind = [one for one in known if one.lags]
    return f"complete to {moment(together(behind).complete_to, now, zone)}" if behind else ""
