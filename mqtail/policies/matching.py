"""Patterns of policies: wildcards, policy variables, ARNs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

ANY, ONE = "any", "one"
"""Marks of `*` and `?` in a pattern; all else in it is single characters."""

Pattern = Sequence[str]
"""Characters that stand for themselves, `ANY` and `ONE`."""

ARN_PARTS = ("arn", "partition", "service", "region", "account", "resource")
"""The parts of an ARN, in their order."""

_WILDCARDS = {"*": ANY, "?": ONE}
_VARIABLE = re.compile(r"\$\{(?:([^{}]*)\})?")
_DEFAULTED = re.compile(r"([^,']*),\s*'(.*)'\s*", re.DOTALL)


class NoValue(Exception):
    """A policy variable without a value that could stand for it.

    Args:
        key: its condition key.
        absent: whether the request is known not to have the key. What the variable is in then
            covers nothing; else it cannot be judged.
    """

    def __init__(self, key: str, absent: bool) -> None:
        super().__init__(key)
        self.key = key
        self.absent = absent


def pattern(
    text: str,
    wildcards: bool,
    values: Callable[[str], tuple[str, ...] | None] | None = None,
) -> Pattern:
    """The pattern that a text of a policy means.

    Variables have their values as they are: a wildcard in one stands for itself.

    Args:
        text: a resource, or a value of a condition.
        wildcards: whether `*` and `?` are wildcards.
        values: gives the values of a condition key, None where unknown; None itself in documents
            that have no policy variables.

    Raises:
        NoValue: a variable has none, or more than one, or cannot be read.
    """
    if values is None or "${" not in text:
        return _wild(text) if wildcards else text
    found: list[str] = []
    end = 0
    for variable in _VARIABLE.finditer(text):
        literal = text[end : variable.start()]
        found.extend(_wild(literal) if wildcards else literal)
        found.extend(_value(variable[1] or "", values))
        end = variable.end()
    found.extend(_wild(text[end:]) if wildcards else text[end:])
    return found


def _wild(text: str) -> Pattern:
    if "*" not in text and "?" not in text:
        return text
    return [_WILDCARDS.get(character, character) for character in text]


def _value(variable: str, values: Callable[[str], tuple[str, ...] | None]) -> str:
    """A variable's value, or its default (IAM policy elements: Variables and tags)."""
    if variable in ("*", "?", "$"):
        return variable
    defaulted = _DEFAULTED.fullmatch(variable)
    key = (defaulted[1] if defaulted else variable).strip()
    known = values(key)
    if known is not None and len(known) == 1:
        return known[0]
    if defaulted and known == ():
        return defaulted[2]
    raise NoValue(key, absent=known == ())


def matches(pattern: Pattern, text: str) -> bool:
    """Whether a pattern covers a whole text.

    In a Resource element too `*` goes beyond colons (IAM JSON policy elements: Resource).
    Nothing is ever tried twice: a number has a bit for each place of the pattern that the text
    read so far can have come to, so that no pattern takes long.
    """
    if isinstance(pattern, str):
        return pattern == text
    end, staying, any_character = 0, 0, 0
    moving: dict[str, int] = {}
    for wanted in pattern:
        if wanted == ANY:
            staying |= 1 << end
            continue
        if end == len(text):
            return False
        if wanted == ONE:
            any_character |= 1 << end
        else:
            moving[wanted] = moving.get(wanted, 0) | 1 << end
        end += 1
    places = 1
    for character in text:
        onward = moving.get(character, 0) | any_character
        places = (places & onward) << 1 | places & staying
        if not places:
            return False
    return places >> end == 1


def action_matches(text: str, action: str) -> bool:
    """Whether an Action element's value covers an action: in any case, with wildcards."""
    return matches(pattern(text.lower(), wildcards=True), action.lower())


def completed(pattern: Pattern) -> Pattern:
    """An ARN pattern with `*` for each part that is missing at its end.

    AWS completes incomplete ARNs so in identity-based policies (IAM identifiers: ARNs).
    """
    if "".join(pattern[:4]) != "arn:":
        return pattern
    missing = len(ARN_PARTS) - 1 - pattern.count(":")
    return [*pattern, *(":", ANY) * missing]


def arn_matches(pattern: Pattern, arn: str) -> bool | None:
    """Whether an ARN operator's value covers an ARN; None where the value is no ARN.

    Each of the six parts is compared by itself (IAM JSON policy elements: Condition operators).
    """
    wanted, parts = _split(pattern), arn.split(":", 5)
    if len(wanted) < len(ARN_PARTS):
        return None
    return len(parts) == len(ARN_PARTS) and all(map(matches, wanted, parts))


def _split(pattern: Pattern) -> list[Pattern]:
    """The parts of an ARN pattern, six at most."""
    parts: list[Pattern] = []
    start = 0
    for place, character in enumerate(pattern):
        if character == ":" and len(parts) < len(ARN_PARTS) - 1:
            parts.append(pattern[start:place])
            start = place + 1
    return [*parts, pattern[start:]]


def arn_difference(pattern: str, arn: str) -> str | None:
    """The first part, of `ARN_PARTS`, for which a Resource value does not cover an ARN.

    `arn` where the value is no ARN at all; None where it covers the ARN. Policy variables are
    taken as they are written.
    """
    wild = _wild(pattern)
    if matches(wild, arn):
        return None
    for name, wanted, part in zip(ARN_PARTS, _split(wild), arn.split(":", 5), strict=False):
        if not matches(wanted, part):
            return name
    return ARN_PARTS[-1]


def arn_part(arn: str, part: str) -> str:
    """One of `ARN_PARTS` of an ARN or of a Resource value; empty where it has none."""
    parts = arn.split(":", 5)
    index = ARN_PARTS.index(part)
    return parts[index] if index < len(parts) else ""
