"""Lines across the log: where reading was interrupted, where nothing was logged for long."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from mqtail.printable import printable
from widgets.human import cut, duration

MOST = 4
"""Rules that stand above one event; of more, the newest are shown."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the log, above the first event at or after a moment."""

    at: int
    """The moment, ms since the epoch."""
    text: str
    """What it says: `not read from 10:12:05 to 10:14:31`."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A line above an event that came long after the one before it."""

    ms: int
    """How long."""


class Rules:
    """Finds the lines that stand between two neighbouring events.

    Args:
        rules: the rules, in any order.
        gap_ms: silence, ms, from which on a line tells how long it was; 0: never.
    """

    def __init__(self, rules: Sequence[Rule] = (), gap_ms: int = 0) -> None:
        self._rules = sorted(rules, key=lambda rule: rule.at)
        self._times = [rule.at for rule in self._rules]
        self._gap_ms = gap_ms

    def between(self, before: int | None, after: int | None) -> tuple[Rule | Gap, ...]:
        """The lines between events of two moments (ms); None: there is no event."""
        is_gap = (
            self._gap_ms > 0
            and before is not None
            and after is not None
            and after - before > self._gap_ms
        )
        if not self._times and not is_gap:
            return ()
        start = 0 if before is None else bisect_right(self._times, before)
        end = len(self._times) if after is None else bisect_right(self._times, after)
        rules = self._rules[max(start, end - MOST) : end]
        if is_gap and before is not None and after is not None:
            return (Gap(after - before), *rules)
        return tuple(rules)


def rule_strip(rule: Rule | Gap, width: int, style: Style) -> Strip:
    """A rule as wide (cells) as the log; the mark of a gap is as long as its text."""
    if isinstance(rule, Gap):
        text = f" ╌╌ {_length(rule.ms)} ╌╌"
    else:
        text = f" ── {cut(printable(rule.text), max(1, width - 6))} "
        text += "─" * max(0, width - cell_len(text))
    return Strip([Segment(text, style)]).crop_extend(0, width, None)


def _length(ms: int) -> str:
    """A length of time in its two largest units: `4m 12s`, `2h`."""
    seconds = ms // 1000
    large = duration(seconds)
    unit = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}[large[-1]]
    rest = seconds % unit
    next_unit = {86_400: 3_600, 3_600: 60, 60: 1, 1: 1}[unit]
    return f"{large} {duration(rest)}" if rest >= next_unit else large
