"""What a regular expression tells about itself, found with the parser of `re`.

`re` has its parser under private names only.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from re import _compiler, _parser  # type: ignore[attr-defined]
from typing import Any

_CASE = ord("a") - ord("A")
_REPEATS = (_parser.MAX_REPEAT, _parser.MIN_REPEAT, _parser.POSSESSIVE_REPEAT)


def needed_text(pattern: re.Pattern[str]) -> str:
    """The longest text that every match holds, as the pattern has it; empty where there is none."""
    return max(_needed_texts(_parsed(pattern)), key=len)


def for_lower_case(pattern: re.Pattern[str]) -> re.Pattern[str] | None:
    """A pattern that finds in `text.lower()`, for ASCII texts, what this one finds in any case.

    Searches that ignore case are several times slower: they try to match at every character.

    Args:
        pattern: one that ignores case.

    Returns:
        None where it has characters beyond ASCII (some are the same as ASCII letters in any case),
        or parts with flags of their own.
    """
    tree = _parsed(pattern)
    if not _lower(tree):
        return None
    tree.state.flags &= ~re.IGNORECASE
    lowered: re.Pattern[str] = _compiler.compile(tree)
    return lowered


def _parsed(pattern: re.Pattern[str]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _parser.parse(pattern.pattern, pattern.flags)


def _needed_texts(tree: Any) -> Iterator[str]:
    """The texts that every match of a part holds."""
    text = ""
    for operator, argument in tree:
        if operator is _parser.LITERAL:
            text += chr(argument)
            continue
        yield text
        text = ""
        is_group = operator is _parser.SUBPATTERN and not _has_flags(argument)
        if is_group or (operator in _REPEATS and argument[0] > 0):
            yield from _needed_texts(argument[-1])
    yield text


def _has_flags(argument: Any) -> bool:
    """Whether a group has flags of its own, `(?i:…)`."""
    _, added, removed, _ = argument
    return bool(added or removed)


def _lower(tree: Any) -> bool:
    """Make all letters of a part lower case; whether that is possible."""
    for row, (operator, argument) in enumerate(tree):
        if operator in (_parser.LITERAL, _parser.NOT_LITERAL):
            if argument > 127:
                return False
            tree[row] = operator, ord(chr(argument).lower())
        elif operator is _parser.IN:
            if not all(map(_is_ascii, argument)):
                return False
            tree[row] = operator, [new for item in argument for new in _lowered(item)]
        else:
            has_flags = operator is _parser.SUBPATTERN and _has_flags(argument)
            if has_flags or not all(map(_lower, _parts(argument))):
                return False
    return True


def _is_ascii(item: Any) -> bool:
    """Whether an item of a set has ASCII characters only, or is a class like `\\w`."""
    operator, argument = item
    if operator is _parser.LITERAL:
        return bool(argument < 128)
    return operator is not _parser.RANGE or bool(argument[1] < 128)


def _lowered(item: Any) -> Iterator[Any]:
    """Items that hold the lower-case letters of an item of a set, too."""
    operator, argument = item
    yield item
    if operator is _parser.LITERAL:
        yield operator, ord(chr(argument).lower())
    elif operator is _parser.RANGE:
        first, last = max(argument[0], ord("A")), min(argument[1], ord("Z"))
        if first <= last:
            yield operator, (first + _CASE, last + _CASE)


def _parts(argument: Any) -> Iterator[Any]:
    """The parts that the argument of an operator holds: of a group, of alternatives."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for inner in argument:
            yield from _parts(inner)
