"""What a filter expression that is being typed can go on with: names, operators, values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mqtail.events import Level
from mqtail.filters.parse import FIELDS, literal

Vocabulary = Callable[[str], Sequence[str]]
"""Known values of a field, the likeliest first: of `instance`, `kind`, `logger`, ..."""

MOST_CANDIDATES = 100
LONGEST_VALUE = 200
"""Characters of a value that is worth offering."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What the text from `start` to the cursor can be replaced with."""

    start: int
    candidates: tuple[str, ...]
    begun: bool = True
    """Whether something of it is typed, if only the operator; else it is for those who ask."""


_FIXED_VALUES: dict[str, tuple[str, ...]] = {
    "level": tuple(level.label for level in Level if level is not Level.UNKNOWN),
    "late": ("true", "false"),
    "lag": ("5s", "30s", "1m", "5m"),
    "time": ("5m", "15m", "1h"),
}
_OPERATORS: dict[str, tuple[str, ...]] = {
    "level": (":", ">=", "<=", "!="),
    "lag": (">", "<"),
    "time": (">=", "<"),
}
"""Of what can be compared, the usual ones first."""
_EQUALITY = (":", "!=")
_KEYWORDS = ("and", "or", "not")

# The tokens of the grammar, but for the keywords, which are words here.
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_COMPARED, _NAMES = "|".join(_OPERATORS), "|".join(FIELDS)
_TOKEN = re.compile(
    rf"""
      (?P<blank>\s+)
    | (?P<open>\() | (?P<close>\))
    | (?P<minus>-(?![\s)\->=]|$))
    | (?P<phrase>{_QUOTED})
    | (?P<regex>/(?:[^/\\]|\\.)*/[a-z]*(?=[\s()]|$))
    | (?P<field>(?:{_COMPARED})\s*(?:[<>!=]=|[<>=])\s* | (?:{_NAMES})(?:[<>!=]=|[:<>=]))
      (?:(?P<quoted>{_QUOTED})|(?P<value>[^\s()"][^\s()]*))?
    | (?P<word>[^\s()"/][^\s()]*)
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_ENDS_TOKEN = re.compile(r"[\s()]|$")
_NAME = re.compile(r"[a-z]+", re.IGNORECASE)


def complete(text: str, cursor: int, values: Vocabulary) -> Completion:
    """What can stand at the cursor: nothing inside quotes, regular expressions, or a word.

    Args:
        text: an expression, finished or not.
        cursor: where one types in it, from 0.
        values: known values of the fields that have no fixed ones.
    """
    nothing, text_before = Completion(cursor, ()), text[:cursor]
    if not _ENDS_TOKEN.match(text, cursor):
        return nothing
    last: re.Match[str] | None = None
    after_operand, position = False, 0
    while position < cursor:
        after_operand = _is_after_operand(last, after_operand)
        last = _TOKEN.match(text_before, position)
        if last is None:
            # A quote or a slash that begins something which goes on beyond the cursor.
            return nothing
        position = last.end()
    match last.lastgroup if last else None:
        case "phrase" | "regex" | "quoted":
            return nothing
        case "field" | "value":
            assert last is not None  # it has a group
            start = last.end("field")
            found = _values(last["field"], text_before[start:], values)
            return Completion(start, found, start < cursor or not text_before[-1].isspace())
        case "word":
            assert last is not None
            return Completion(last.start(), _names(last["word"].lower(), after_operand))
    after_operand = _is_after_operand(last, after_operand)
    return Completion(cursor, _names("", after_operand), begun=False)


def _is_after_operand(token: re.Match[str] | None, before: bool) -> bool:
    """Whether `and` and `or` can follow a token; `before`: whether they could stand before it."""
    match token.lastgroup if token else "open":
        case "blank":
            return before
        case "open" | "minus":
            return False
        case "word":
            return token is not None and token["word"].lower() not in _KEYWORDS
    return True


def _names(word: str, after_operand: bool) -> tuple[str, ...]:
    """Fields with their operators, and keywords, that begin with a word."""
    found: list[str] = []
    for name in FIELDS:
        operators = _OPERATORS.get(name, _EQUALITY)
        if name == word:
            found += [name + operator for operator in operators]
        elif name.startswith(word):
            usual = operators[:2] if name in _OPERATORS else operators[:1]
            found += [name + operator for operator in usual]
    keywords = _KEYWORDS if after_operand else ("not",)
    found += [f"{keyword} " for keyword in keywords if keyword.startswith(word)]
    return tuple(found)


def _values(field: str, typed: str, values: Vocabulary) -> tuple[str, ...]:
    """Values of a field: those that begin with what is typed, then those that hold it."""
    found = _NAME.match(field)
    assert found is not None  # a field begins with its name
    name, folded = found[0].lower(), typed.casefold()
    written = _FIXED_VALUES.get(name) or _written(values(name))
    fitting = [value for value in dict.fromkeys(written) if folded in value.casefold()]
    fitting.sort(key=lambda value: not value.strip('"').casefold().startswith(folded))
    return () if fitting == [typed] else tuple(fitting[:MOST_CANDIDATES])


def _written(values: Iterable[str]) -> Iterable[str]:
    """Values as one types them: what is special in shell patterns taken for itself, in quotes."""
    for value in values:
        if value.isprintable() and 0 < len(value) <= LONGEST_VALUE:
            yield literal(value)
