"""CloudWatch Logs filter patterns of unstructured terms: the part of the syntax for plain text.

Source: the CloudWatch Logs user guide, "Filter pattern syntax". Patterns for JSON and for
space-delimited logs are refused; they would otherwise have to match everything or nothing.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable

from mqtail.demo.calls import invalid_parameter

Matcher = Callable[[str], bool]
"""Whether a message matches."""

_TERM = re.compile(
    r"""\s*(?P<prefix>[-?]?)
        (?: "(?P<phrase>(?:[^"\\]|\\.)*)"
          | %(?P<regex>[^\s%]*)%
          | (?P<word>\w+) )
        (?=\s|$)""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_REGEX_TEXT = re.compile(
    r"""(?: [A-Za-z0-9:_\#=@/;,\-^$?\[\]{}|*+.]
          | \\x[0-9A-Fa-f]{2}
          | \\[dDsSwW:_\#=@/;,\-^$?\[\]{}|\\*+.] )+""",
    re.VERBOSE | re.ASCII,
)


def compile_pattern(pattern: str) -> Matcher:
    """The predicate of a filter pattern.

    All plain terms must occur in the message, none of the `-` terms, and of `?` terms at least
    one; `?` terms beside others are ignored, as documented. Case counts. A word is looked for
    anywhere in the text, also inside longer words. Empty, or blanks in quotes: everything.

    Raises:
        ServiceError: InvalidParameterException for any other kind of pattern, or a broken one.
    """
    text = pattern.strip()
    if text[:1] in ("{", "["):
        kind = "JSON" if text.startswith("{") else "Space-delimited"
        raise invalid_parameter(f"{kind} filter patterns are not supported here.")
    required: list[Matcher] = []
    excluded: list[Matcher] = []
    optional: list[Matcher] = []
    position = 0
    while position < len(text):
        term = _TERM.match(text, position)
        if term is None:
            raise _invalid(pattern)
        position = term.end()
        kind_of = {"": required, "-": excluded, "?": optional}[term["prefix"]]
        if matcher := _matcher(term, pattern):
            kind_of.append(matcher)
    if optional and not required and not excluded:
        return _any_of(optional)
    return _all_but(required, excluded)


def _matcher(term: re.Match[str], pattern: str) -> Matcher | None:
    """The predicate of one term; None for blanks in quotes, which ask for nothing."""
    if term["regex"] is not None:
        return _regex(term["regex"], pattern)
    if term["word"] is not None:
        return _contains(term["word"])
    phrase = _ESCAPED.sub(r"\1", term["phrase"])
    return _contains(phrase) if phrase.strip() else None


def _regex(text: str, pattern: str) -> Matcher:
    if not _REGEX_TEXT.fullmatch(text):
        raise _invalid(pattern)
    try:
        with warnings.catch_warnings():
            # Python warns that a bracket inside a set may get a meaning one day.
            warnings.simplefilter("ignore", FutureWarning)
            search = re.compile(text, re.ASCII).search
    except re.error:
        raise _invalid(pattern) from None
    return lambda message: search(message) is not None


def _contains(text: str) -> Matcher:
    return lambda message: text in message


def _any_of(matchers: Iterable[Matcher]) -> Matcher:
    return lambda message: any(matches(message) for matches in matchers)


def _all_but(required: list[Matcher], excluded: list[Matcher]) -> Matcher:
    if len(required) == 1 and not excluded:
        return required[0]
    return lambda message: (
        all(matches(message) for matches in required)
        and not any(matches(message) for matches in excluded)
    )


def _invalid(pattern: str) -> Exception:
    return invalid_parameter(f"Invalid filter pattern: {pattern}")
