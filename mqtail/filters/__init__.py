"""The filter language: an expression becomes one predicate and the spans to highlight.

The language itself is described in `grammar.lark`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo

from mqtail.errors import FilterError
from mqtail.events import Level, LogEvent
from mqtail.filters.guard import Halt, Span, TooSlow
from mqtail.filters.parse import FIELDS, And, Field, Node, Not, Or, Regex, Text, parse, written
from mqtail.filters.predicates import Predicate, Test, TimeContext, compiled, conjunction

__all__ = ["EVERYTHING", "Filter", "compile_filter", "from_options", "is_unfinished"]

_LAST_WORD = re.compile(r"(?:^|[\s(-])([A-Za-z]+)$")


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """What is wanted. Made by `compile_filter` and `from_options`."""

    text: str
    """The expression; empty where everything is wanted."""
    matches: Callable[[LogEvent], bool]
    """Whether an event is wanted: one compiled predicate, to be called per event."""
    cost: int = 0
    """How dear the predicate is in comparison with others."""
    marks: tuple[Text | Regex, ...] = ()
    """Words, phrases and regular expressions that are not negated."""
    halts: tuple[Halt, ...] = ()
    """Of those of its parts that have regular expressions: each can be stopped."""

    @property
    def is_empty(self) -> bool:
        """Whether it wants everything."""
        return not self.text

    @property
    def stopped(self) -> FilterError | None:
        """Why everything passes by now: a regular expression took too long."""
        return next((halt.error for halt in self.halts if halt.error is not None), None)

    def when_stopped(self, tell: Callable[[FilterError], object]) -> None:
        """Have it told that a regular expression took too long; from then on everything passes.

        It is called in the midst of a search for what is wanted: it must not do much.
        """
        for halt in self.halts:
            halt.tell = tell

    def and_(self, other: Filter) -> Filter:
        """A filter for what both want; the cheaper one is asked first."""
        if self.is_empty or other.is_empty:
            return other if self.is_empty else self
        text = f"({self.text}) and ({other.text})"
        test = conjunction([Test(self.cost, self.matches), Test(other.cost, other.matches)])
        marks, halts = self.marks + other.marks, self.halts + other.halts
        return Filter(text, test.predicate, test.cost, marks, halts)

    def highlights(self, text: str) -> list[Span]:
        """Where the words, phrases and regular expressions are in a text, sorted and merged.

        Args:
            text: a message, or the part of one that is shown.

        Returns:
            Nothing once it is stopped.
        """
        if self.stopped:
            return []
        try:
            return self._marked(text)
        except TooSlow as slow:
            for halt in self.halts:
                if slow.regex in halt.text:
                    halt.stop(slow)
            return []

    def _marked(self, text: str) -> list[Span]:
        spans: list[Span] = []
        folded, positions = _folded(text) if self._has_words else ("", None)
        for mark in self.marks:
            if isinstance(mark, Regex):
                spans += mark.pattern.spans(text)
            else:
                spans += _occurrences(mark.needle, folded, positions)
        return _merged(spans) if spans else spans

    @property
    def _has_words(self) -> bool:
        return any(isinstance(mark, Text) for mark in self.marks)


EVERYTHING = Filter("", lambda _: True)
"""The filter that wants every event."""


def compile_filter(text: str, *, now: int, zone: tzinfo) -> Filter:
    """The filter that an expression means; a blank one wants everything.

    Args:
        text: an expression of the filter language.
        now: the present moment, ms; `time>10m` counts from it, once and for all.
        zone: for times of day.

    Raises:
        FilterError: it does not parse, or a value in it is wrong.
    """
    if not text.strip():
        return EVERYTHING
    return _filter(text.strip(), parse(text), TimeContext(now, zone))


def is_unfinished(text: str) -> bool:
    """Whether an expression looks as if its end were still being typed.

    It does not parse as it stands, or ends with what may become the name of a field (`lev`).
    """
    last = _LAST_WORD.search(text)
    if last is not None and any(name.startswith(last[1].lower()) for name in FIELDS):
        return True
    try:
        compile_filter(text, now=0, zone=UTC)
    except FilterError:
        return True
    return False


def from_options(
    instances: Iterable[str] = (), kinds: Iterable[str] = (), level: Level = Level.UNKNOWN
) -> Filter:
    """The filter for the options `--instance`, `--kind` and `--level`.

    Args:
        instances: any of these broker instances, as shell patterns; none: all. API calls are of no
            instance and pass.
        kinds: any of these kinds of log, as shell patterns; none: all.
        level: at least this level; UNKNOWN: all events, also those without a level.
    """
    one_of = [Field("instance", "=", instance) for instance in instances]
    groups = [
        [*one_of, Field("kind", "=", "api")] if one_of else [],
        [Field("kind", "=", kind) for kind in kinds],
        [Field("level", ">=", level.label)] if level is not Level.UNKNOWN else [],
    ]
    wanted = EVERYTHING
    for group in groups:
        if group:
            text = " or ".join(_written(field) for field in group)
            wanted = wanted.and_(_filter(text, Or(tuple(group)), TimeContext(0, UTC)))
    return wanted


def _filter(text: str, node: Node, context: TimeContext) -> Filter:
    test, marks = compiled(node, context), tuple(_marks(node))
    if not any(isinstance(leaf, Regex) for leaf, _ in _leaves(node)):
        return Filter(text, test.predicate, test.cost, marks)
    halt = Halt(text)
    return Filter(text, _stoppable(test.predicate, halt), test.cost, marks, (halt,))


def _stoppable(predicate: Predicate, halt: Halt) -> Predicate:
    """A predicate that everything passes once a regular expression took too long."""

    def matches(event: LogEvent) -> bool:
        if halt.error is not None:
            return True
        try:
            return predicate(event)
        except TooSlow as slow:
            halt.stop(slow)
            return True

    return matches


def _written(field: Field) -> str:
    """A condition as one would type it."""
    operator = ":" if field.operator == "=" else field.operator
    return f"{field.name}{operator}{written(field.value)}"


def _marks(node: Node) -> Iterator[Text | Regex]:
    """The words, phrases and regular expressions that an event is wanted for."""
    for leaf, positive in _leaves(node):
        if positive and isinstance(leaf, Text):
            yield Text(leaf.needle.casefold())
        elif positive and isinstance(leaf, Regex):
            yield leaf


def _leaves(node: Node, positive: bool = True) -> Iterator[tuple[Text | Regex | Field, bool]]:
    """What an expression is made of, and whether it is wanted rather than not."""
    match node:
        case Not():
            yield from _leaves(node.node, not positive)
        case And() | Or():
            for child in node.nodes:
                yield from _leaves(child, positive)
        case _:
            yield node, positive


def _folded(text: str) -> tuple[str, list[int] | None]:
    """The case-folded text, and for each of its characters the position of the original one.

    The positions are None where they are the same, which is nearly always: few characters fold
    to several (`ß` to `ss`), none to nothing.
    """
    folded = text.casefold()
    if len(folded) == len(text):
        return folded, None
    positions: list[int] = []
    for position, character in enumerate(text):
        positions += [position] * len(character.casefold())
    return folded, positions


def _occurrences(needle: str, folded: str, positions: list[int] | None) -> Iterator[Span]:
    start = folded.find(needle)
    while start >= 0:
        end = start + len(needle)
        yield (start, end) if positions is None else (positions[start], positions[end - 1] + 1)
        start = folded.find(needle, end)


def _merged(spans: list[Span]) -> list[Span]:
    """Sorted, without empty spans, and those that overlap or touch made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged
