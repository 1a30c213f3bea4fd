"""What a tab, and one side of a split, are about: which of the sources they show at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from mqtail.events import Source
from widgets.instances import InstanceNumbers


class LogTab(NamedTuple):
    """A tab over the log."""

    id: str
    title: str
    holds: Callable[[Source], bool]
    """Whether the events of a source belong there."""


ALL = LogTab("all", "All", lambda _: True)
LOG_TABS = (
    ALL,
    LogTab("general", "General", lambda source: source.service == "mq" and source.kind != "audit"),
    LogTab("audit", "Audit", lambda source: source.kind == "audit"),
    LogTab("msk", "MSK", lambda source: source.service == "msk"),
    LogTab("api", "API calls", lambda source: source.kind == "api"),
)
"""The tabs, each a view over the same events."""

CHECK_TAB = "check"
"""Id of the tab with the setup check, which shows no log."""


def log_tab(id: str) -> LogTab:
    """The tab with that id.

    Raises:
        KeyError: there is none.
    """
    return {tab.id: tab for tab in LOG_TABS}[id]


@dataclass(frozen=True, slots=True)
class Scope:
    """What one pane shows of what meets the conditions. Immutable."""

    tab: LogTab = ALL
    target: str = ""
    """Only this target; empty: all."""
    kind: str = ""
    """Only this kind of log; empty: all."""
    instance: int | None = None
    """Only the instances of that number; None: all."""
    numbers: tuple[tuple[tuple[str, str], int], ...] = ()
    """Number of each instance by (target, instance), as it was when `instance` was chosen."""

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self.tab is ALL and not (self.target or self.kind) and self.instance is None

    @property
    def title(self) -> str:
        """What the side of a split is called."""
        parts = [self.target, self.kind and f"{self.kind} log"]
        if self.kind == "api":
            parts[-1] = "API calls"
        if self.instance is not None:
            parts.append(f"instance {self.instance}")
        return " ".join(filter(None, parts)) or "everything"

    def shows(self, source: Source) -> bool:
        """Whether the events of a source belong here."""
        if not self.tab.holds(source):
            return False
        if self.target and source.target != self.target:
            return False
        if self.kind and source.kind != self.kind:
            return False
        if self.instance is None:
            return True
        place = (source.target, source.instance or "")
        return dict(self.numbers).get(place) == self.instance

    def of_instance(self, number: int, numbers: InstanceNumbers) -> Self:
        """Only the instances of that number; all again if they are already alone."""
        if self.instance == number:
            return replace(self, instance=None, numbers=())
        return replace(self, instance=number, numbers=tuple(sorted(numbers.items())))


Split = tuple[Scope, Scope]
"""The two sides of a split."""


def splits(tab: LogTab, sources: Iterable[Source], numbers: InstanceNumbers) -> list[Split]:
    """The ways in which a tab can be split, the most telling first: what differs is set apart.

    Args:
        tab: the tab.
        sources: those that there are.
        numbers: number of each instance.
    """
    here = [source for source in sources if tab.holds(source)]
    places = [(source.target, source.instance or "") for source in here]
    found = sorted({numbers[place] for place in places if place in numbers})
    kinds = list(dict.fromkeys(source.kind for source in here))
    targets = list(dict.fromkeys(source.target for source in here))
    whole = Scope(tab)
    ways: list[Split] = []
    if len(found) > 1:
        one, other = (whole.of_instance(number, numbers) for number in found[:2])
        ways.append((one, other))
    ways += [_pair(replace(whole, kind=kind) for kind in pair) for pair in _pairs(kinds)]
    ways += [_pair(replace(whole, target=name) for name in pair) for pair in _pairs(targets)]
    return ways


def _pairs(names: Sequence[str]) -> list[Sequence[str]]:
    """The first two names, if there are two."""
    return [names[:2]] if len(names) > 1 else []


def _pair(scopes: Iterable[Scope]) -> Split:
    one, other = scopes
    return one, other
