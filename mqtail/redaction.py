"""Keeping credentials out of everything that is written or shown beside log events.

Errors of AWS quote the requests that they refuse, with the session token in them. Whatever mqtail
tells or keeps of its own passes here: by their names and shapes, and by the keys of this run.
"""

from __future__ import annotations

import os
import re

HIDDEN = "[redacted]"
"""What stands in the place of a secret."""

_KNOWN_BY = 16
"""Characters at a secret's begin that tell it, also where its end was cut off. What is shorter is
no key of AWS, and may be an ordinary word."""
_MOST_KNOWN = 100

_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

_NAMES = (
    r"x-amz-(?:security-token|credential|signature)",
    r"(?:aws)?_?(?:secret)?_?access_?key(?:_?id)?",
    r"(?:aws)?_?(?:session|security|access|refresh|web_?identity)_?token",
    r"credential|signature|token_?code|client_?secret|password",
)
_BEFORE_A_VALUE = (
    r"""["']? \s* (?: [=>] \s* (?:b?["'])? | : (?:b?["'])? | : \s+ (?: b?["'] | (?=\S{16}) ) )"""
)
"""As in headers, JSON, XML, files and Python; what follows `: ` in prose is no value."""
_SHAPES = re.compile(
    rf"""
    (?P<name> (?<![a-z]) (?:{"|".join(_NAMES)}) {_BEFORE_A_VALUE} ) [^\s"',;&<>]+
    | (?P<header> authorization ["']? \s* [:=] \s* ["']? (?:basic|bearer) \s ) [^\s"',;&<>]+
    | (?P<url> :// ) [^\s/@"']+ (?=@)
    | \b (?-i:(?:AKIA|ASIA) [A-Z0-9]{{12,}})
    """,
    re.IGNORECASE | re.VERBOSE,
)

_known: dict[str, None] = {}
"""How the secrets of this run begin; those met last are at the end."""


def remember_secrets(*secrets: str | None) -> None:
    """Hide these from now on, wherever they come up; None and short ones are passed over."""
    for secret in secrets:
        if secret and len(secret) >= _KNOWN_BY:
            begin = secret[:_KNOWN_BY]
            _known.pop(begin, None)
            _known[begin] = None
    while len(_known) > _MOST_KNOWN:
        del _known[next(iter(_known))]


def redacted(text: str) -> str:
    """Text without keys, tokens, signatures, and passwords in URLs."""
    remember_secrets(*map(os.environ.get, _VARIABLES))
    if _known:
        begins = "|".join(map(re.escape, tuple(_known)))
        text = re.sub(rf"(?:{begins})[\w+/=%.-]*", HIDDEN, text)
    return _SHAPES.sub(_hide, text)


def error_text(error: BaseException | None) -> str:
    """What an unforeseen error is: its type and its text, without secrets."""
    return redacted(f"{type(error).__name__}: {error}")


def _hide(found: re.Match[str]) -> str:
    return f"{found[found.lastgroup] if found.lastgroup else ''}{HIDDEN}"
