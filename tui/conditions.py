"""What the reader of the log wants to see: every condition, made into one predicate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Self

from mqtail.events import Level, LogEvent, Source
from mqtail.filters import EVERYTHING, Filter
from mqtail.settings import KINDS, Settings
from mqtail.store import Predicate
from widgets.instances import InstanceNumbers
from widgets.sources.nodes import Path

LEVELS = (Level.UNKNOWN, Level.INFO, Level.WARN, Level.ERROR)
"""Minimum levels in the order in which the key goes through them."""
MOST_REMEMBERED = 10_000
"""Sources of which it is remembered whether they are shown."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions that an event must meet to be shown. Immutable: each change gives another."""

    filter: Filter = EVERYTHING
    instances: frozenset[str] = frozenset()
    """Only instances whose names match one of these shell patterns, and API calls; empty: all."""
    instance_number: int | None = None
    """Number of the instance that was chosen by its key."""
    kinds_off: frozenset[str] = frozenset()
    level: Level = Level.UNKNOWN
    hidden: frozenset[Path] = frozenset()
    """Places of the source tree that are not shown, with everything below them."""

    @classmethod
    def of_settings(cls, settings: Settings, filter: Filter) -> Self:
        """The conditions that the command line asked for."""
        kinds_off = set(KINDS).difference(settings.kinds) if settings.kinds else ()
        return cls(
            filter=filter,
            instances=frozenset(settings.instances),
            kinds_off=frozenset(kinds_off),
            level=settings.level,
        )

    @property
    def is_any(self) -> bool:
        """Whether there is any condition at all."""
        sources = self.instances or self.kinds_off or self.hidden
        return bool(sources or self.level or not self.filter.is_empty)

    def shows(self, path: Path, kind: str = "") -> bool:
        """Whether events of a place of the source tree can pass.

        Args:
            path: the place.
            kind: kind of its log; empty for a target.
        """
        if self.hidden and self._is_hidden(path):
            return False
        if kind in self.kinds_off:
            return False
        if len(path) > 2 and self.instances:
            return any(fnmatchcase(path[2], pattern) for pattern in self.instances)
        return True

    def predicate(self, of: Callable[[Source], bool] | None = None) -> Predicate:
        """Whether an event meets all conditions.

        Args:
            of: which sources count at all; None: all.
        """
        level, matches = self.level, self.filter.matches
        by_source: dict[int, bool] = {}

        def wanted(event: LogEvent) -> bool:
            if event.level < level:
                return False
            source = event.source
            shown = by_source.get(source.index)
            if shown is None:
                if len(by_source) >= MOST_REMEMBERED:
                    by_source.clear()
                shown = of is None or of(source)
                shown = by_source[source.index] = shown and self._shows_source(source)
            return shown and matches(event)

        return wanted

    def with_filter(self, filter: Filter) -> Self:
        """Another filter expression."""
        return replace(self, filter=filter)

    def toggle_instance(self, number: int, numbers: InstanceNumbers) -> Self:
        """Only the instances of that number; all again if they are already alone."""
        if self.instance_number == number:
            return replace(self, instances=frozenset(), instance_number=None)
        names = frozenset(name for (_, name), at in numbers.items() if at == number)
        return replace(self, instances=names, instance_number=number)

    def toggle_kind(self, kind: str) -> Self:
        """A kind of log off, or on again."""
        return replace(self, kinds_off=self.kinds_off ^ {kind})

    def next_level(self) -> Self:
        """The next minimum level, from errors back to everything."""
        higher = [level for level in LEVELS if level > self.level]
        return replace(self, level=higher[0] if higher else LEVELS[0])

    def toggle_path(self, path: Path, paths: Iterable[Path]) -> Self:
        """Hide a place of the source tree, or show it again.

        A place that is hidden with its parent is shown alone: its siblings stay hidden.

        Args:
            path: the place.
            paths: all places there are.
        """
        hidden = set(self.hidden)
        covering = [place for place in hidden if path[: len(place)] == place]
        if not covering:
            below = {place for place in hidden if place[: len(path)] == path}
            return replace(self, hidden=frozenset(hidden - below | {path}))
        hidden.difference_update(covering)
        top = min(map(len, covering))
        siblings = {
            place
            for place in paths
            if top < len(place) <= len(path)
            and place[:-1] == path[: len(place) - 1]
            and place != path[: len(place)]
        }
        return replace(self, hidden=frozenset(hidden | siblings))

    def with_log(self, path: Path, kind: str, paths: Iterable[Path]) -> Self:
        """What comes from a place of the source tree is shown: neither it nor its kind is off.

        Args:
            path: the place.
            kind: kind of its log; empty for a target.
            paths: all places there are.
        """
        shown = replace(self, kinds_off=self.kinds_off - {kind})
        return shown.toggle_path(path, paths) if shown._is_hidden(path) else shown

    def described(self) -> tuple[str, ...]:
        """The conditions but for the filter's text, in a few words each."""
        words = []
        if self.instance_number is not None:
            words.append(f"only instance {self.instance_number}")
        elif self.instances:
            words.append(f"only instance {', '.join(sorted(self.instances))}")
        kinds_on = [kind for kind in KINDS if kind not in self.kinds_off]
        if not kinds_on:
            words.append("no kind of log")
        elif 2 * len(kinds_on) < len(KINDS):
            words.append(f"only {', '.join(kinds_on)}")
        else:
            words += [f"no {kind}" for kind in KINDS if kind in self.kinds_off]
        if self.level:
            words.append(f"≥ {self.level.label}")
        if self.hidden:
            words.append(f"{len(self.hidden)} source{'s' * (len(self.hidden) > 1)} off")
        return tuple(words)

    def _shows_source(self, source: Source) -> bool:
        # API calls are of no instance: who rebooted one is asked of all of them.
        if self.instances and source.instance is None and source.kind != "api":
            return False
        place = (source.target, source.log)
        path = place if source.instance is None else (*place, source.instance)
        return self.shows(path, source.kind)

    def _is_hidden(self, path: Path) -> bool:
        return any(path[: end + 1] in self.hidden for end in range(len(path)))
