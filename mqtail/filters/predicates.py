"""From the nodes of a filter expression to one compiled predicate."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from fnmatch import translate
from functools import lru_cache
from operator import attrgetter

from mqtail.errors import FilterError, UsageError
from mqtail.events import Level, LogEvent
from mqtail.filters.guard import GuardedPattern
from mqtail.filters.parse import And, Field, Node, Not, Or, Regex, Text
from mqtail.filters.regexes import for_lower_case, needed_text
from mqtail.times import parse_duration, parse_time

Predicate = Callable[[LogEvent], bool]

MAX_DEPTH = 60
"""Parentheses, `and`, `or` and `not` inside each other."""

CHEAP, FOLDED, MATCHED, PARSED = range(4)
"""Costs of a test: an attribute, a search in the folded message, a regular expression, a parse."""


@dataclass(frozen=True, slots=True)
class Test:
    """A predicate, and what it costs."""

    cost: int
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class TimeContext:
    """What times in an expression refer to."""

    now: int
    """The present moment, ms."""
    zone: tzinfo


def compiled(node: Node, context: TimeContext, depth: int = 0) -> Test:
    """The test that a node means.

    Raises:
        FilterError: a field's operator or value is wrong, or the nesting is too deep.
    """
    if depth > MAX_DEPTH:
        raise FilterError(1, f"nested more than {MAX_DEPTH} deep")
    match node:
        case Text():
            return Test(FOLDED, _contains_all([node.needle.casefold()]))
        case Regex():
            return Test(MATCHED, _searches(node.pattern))
        case Field():
            return _field(node, context)
        case Not():
            inner = compiled(node.node, context, depth + 1)
            return Test(inner.cost, _negation(inner.predicate))
        case And():
            return conjunction(_tests(node.nodes, _contains_all, context, depth))
        case Or():
            tests = _tests(node.nodes, _contains_any, context, depth)
            return Test(tests[-1].cost, _any([test.predicate for test in tests]))


def conjunction(tests: list[Test]) -> Test:
    """One test for all of several, at least one; the cheap ones are asked first."""
    ordered = sorted(tests, key=attrgetter("cost"))
    return Test(ordered[-1].cost, _all([test.predicate for test in ordered]))


def _tests(
    nodes: tuple[Node, ...],
    contains: Callable[[list[str]], Predicate],
    context: TimeContext,
    depth: int,
) -> list[Test]:
    """The tests of several nodes, cheap ones first, all words and phrases in one test."""
    needles = [node.needle.casefold() for node in nodes if isinstance(node, Text)]
    tests = [compiled(node, context, depth + 1) for node in nodes if not isinstance(node, Text)]
    if needles:
        tests.append(Test(FOLDED, contains(needles)))
    return sorted(tests, key=attrgetter("cost"))


def said(event: LogEvent) -> str:
    """The text that words are looked for in: of an API call the line that is shown, too."""
    if event.source.service == "cloudtrail":
        from mqtail import formats

        return f"{formats.parse(event).text}\n{event.message}"
    return event.message


# Text is compared in its case-folded form. Unlike lower(), folding treats each character by
# itself, so that a part of a text is still a part of it afterwards (Greek final sigma).


def _contains_all(needles: list[str]) -> Predicate:
    if len(needles) == 1:
        needle = needles[0]
        return lambda event: needle in said(event).casefold()

    def contains_all(event: LogEvent) -> bool:
        message = said(event).casefold()
        for needle in needles:  # noqa: SIM110  # a generator takes longer than the search
            if needle not in message:
                return False
        return True

    return contains_all


def _contains_any(needles: list[str]) -> Predicate:
    def contains_any(event: LogEvent) -> bool:
        message = said(event).casefold()
        for needle in needles:  # noqa: SIM110
            if needle in message:
                return True
        return False

    return contains_any


def _searches(guarded: GuardedPattern) -> Predicate:
    """A search that first looks for a text without which there can be no match.

    That is several times faster than a search in any case, or one that begins with `.*`.
    """
    is_in = guarded.is_in
    try:
        if guarded.pattern.flags & re.IGNORECASE:
            return _searches_any_case(guarded)
        needed = needed_text(guarded.pattern)
    except RecursionError:
        needed = ""  # `re` could just about parse it, from a little less deep a stack.
    if not needed:
        return lambda event: is_in(said(event))
    return lambda event: needed in (text := said(event)) and is_in(text)


def _searches_any_case(guarded: GuardedPattern) -> Predicate:
    is_in, lowered = guarded.is_in, for_lower_case(guarded.pattern)
    if lowered is None:
        return lambda event: is_in(said(event))
    is_in_lower = GuardedPattern(lowered, guarded.written).is_in
    needed = needed_text(guarded.pattern).lower()

    def searches(event: LogEvent) -> bool:
        message = said(event)
        # Beyond ASCII, what `re` takes for the same letter is not always so for `lower`.
        if not message.isascii():
            return is_in(message)
        lower = message.lower()
        return needed in lower and is_in_lower(lower)

    return searches


def _negation(predicate: Predicate) -> Predicate:
    return lambda event: not predicate(event)


def _all(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    first, second = map(_all, _halves(predicates))
    return lambda event: first(event) and second(event)


def _any(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    first, second = map(_any, _halves(predicates))
    return lambda event: first(event) or second(event)


def _halves(predicates: list[Predicate]) -> tuple[list[Predicate], list[Predicate]]:
    """Halving keeps the calls inside each other few, however many predicates there are."""
    middle = len(predicates) // 2
    return predicates[:middle], predicates[middle:]


_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_SOURCE_FIELDS: dict[str, Callable[[LogEvent], str | None]] = {
    "instance": attrgetter("source.instance"),
    "kind": attrgetter("source.kind"),
    "target": attrgetter("source.target"),
    "source": attrgetter("source.destination"),
    "stream": attrgetter("source.log_stream"),
    "group": attrgetter("source.log_group"),
}


def _field(field: Field, context: TimeContext) -> Test:
    if not field.value:
        hint = f'for the text itself, write it in quotes: "{field.name}:"'
        raise FilterError(field.column, f"{field.name} needs a value, directly after it", hint)
    match field.name:
        case "level":
            return Test(CHEAP, _level(field))
        case "lag":
            return Test(CHEAP, _lag(field))
        case "time":
            return Test(CHEAP, _time(field, context))
    _only_equality(field)
    if field.name == "late":
        return Test(CHEAP, _late(field))
    if field.name in _SOURCE_FIELDS:
        cost, test = CHEAP, _pattern_test(field.value, _SOURCE_FIELDS[field.name])
    else:
        cost, test = PARSED, _parsed_test(field)
    return Test(cost, _negation(test) if field.operator == "!=" else test)


def _only_equality(field: Field) -> None:
    if field.operator not in ("=", "!="):
        problem = f"{field.name} cannot be compared with {field.operator}"
        raise FilterError(field.column, problem, f"write {field.name}:… or {field.name}!=…")


def _level(field: Field) -> Predicate:
    """Events without a level are below and above nothing; they only are not equal to any."""
    try:
        bound = Level.named(field.value).value
    except KeyError:
        known = ", ".join(level.label for level in Level if level is not Level.UNKNOWN)
        problem = f'"{field.value}" is no level'
        raise FilterError(field.value_column, problem, f"the levels are {known}") from None
    match field.operator:
        case "=":
            return lambda event: event.level == bound
        case "!=":
            return lambda event: event.level != bound
        case ">=":
            return lambda event: event.level >= bound
        case ">":
            return lambda event: event.level > bound
        case "<=":
            return lambda event: 0 < event.level <= bound
        case _:
            return lambda event: 0 < event.level < bound


def _comparison(field: Field) -> Callable[[int, int], bool]:
    if field.operator not in _COMPARISONS:
        hint = f"write {field.name}>=… or {field.name}<…"
        raise FilterError(field.column, f"{field.name} is compared with <, <=, > or >=", hint)
    return _COMPARISONS[field.operator]


def _lag(field: Field) -> Predicate:
    """Events whose ingestion time is not known have no lag, and fail."""
    compare = _comparison(field)
    try:
        bound = parse_duration(field.value)
    except UsageError as error:
        raise FilterError(field.value_column, error.message, error.hint) from None
    return lambda event: event.ingested != 0 and compare(event.ingested - event.timestamp, bound)


def _time(field: Field, context: TimeContext) -> Predicate:
    compare = _comparison(field)
    try:
        bound = parse_time(field.value, now=context.now, zone=context.zone)
    except UsageError as error:
        raise FilterError(field.value_column, error.message, error.hint) from None
    return lambda event: compare(event.timestamp, bound)


def _late(field: Field) -> Predicate:
    wanted = {"true": True, "false": False}.get(field.value.lower())
    if wanted is None:
        problem = f'late is true or false, not "{field.value}"'
        raise FilterError(field.value_column, problem)
    if wanted is (field.operator == "="):
        return lambda event: event.late
    return lambda event: not event.late


def _pattern_test(pattern: str, value: Callable[[LogEvent], str | None]) -> Predicate:
    matches = _matcher(pattern)

    def pattern_test(event: LogEvent) -> bool:
        text = value(event)
        return text is not None and matches(text)

    return pattern_test


def _parsed_test(field: Field) -> Predicate:
    """A test of what a line format finds in the message.

    A logger also goes by its short name, as the text output shows it.
    """
    from mqtail import formats

    parse, name, matches = formats.parse, field.name, _matcher(field.value)
    needed = _needed_part(field.value)

    def parsed_test(event: LogEvent) -> bool:
        if needed not in event.message.casefold():
            return False
        text: str | None = getattr(parse(event), name)
        if text is None:
            return False
        return matches(text) or (name == "logger" and matches(text.rpartition(".")[2]))

    return parsed_test


def _needed_part(pattern: str) -> str:
    """The longest text that a message has whose logger, thread or user fits a shell pattern.

    Formats take these values from the message as they stand there.
    """
    if "[" in pattern:
        return ""
    return max(re.findall(r"[a-z0-9._-]+", pattern.casefold()), key=len, default="")


def _matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a text fits a shell pattern, in any case. Answers are kept: values repeat."""
    folded = pattern.casefold()
    if not re.search(r"[*?\[]", folded):
        return lru_cache(maxsize=4096)(lambda text: text.casefold() == folded)
    match = re.compile(translate(folded)).match
    return lru_cache(maxsize=4096)(lambda text: match(text.casefold()) is not None)
