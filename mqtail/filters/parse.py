"""From a filter expression to its nodes, and from what does not parse to a helpful error."""

from __future__ import annotations

import glob
import re
import warnings
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from mqtail.errors import FilterError
from mqtail.filters.guard import GuardedPattern

if TYPE_CHECKING:
    from lark import Lark, Token, UnexpectedInput


@dataclass(frozen=True, slots=True)
class Text:
    """A word or a phrase, looked for anywhere in the message."""

    needle: str


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression."""

    pattern: GuardedPattern


@dataclass(frozen=True, slots=True)
class Field:
    """A condition on a field."""

    name: str
    operator: str
    """`=` (also written `:` and `==`), `!=`, `<`, `<=`, `>`, `>=`."""
    value: str
    column: int = 1
    """Of the name, from 1."""
    value_column: int = 1


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a node."""

    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of several nodes."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of several nodes."""

    nodes: tuple[Node, ...]


Node = Text | Regex | Field | Not | And | Or

FIELDS = (
    "level",
    "instance",
    "kind",
    "target",
    "source",
    "stream",
    "group",
    "logger",
    "thread",
    "user",
    "late",
    "lag",
    "time",
)
"""Names of the fields, as in the grammar."""

_ABBREVIATIONS = {"lvl": "level", "inst": "instance", "src": "source", "grp": "group"}
_FIELD = re.compile(r"([a-z]+)\s*([<>!=]=|[:<>=])\s*(.*)", re.IGNORECASE | re.DOTALL)
_UNKNOWN_FIELD = re.compile(r"([a-z]+)(?:[<>!=]=|[:<>=])", re.IGNORECASE)
_BARE = re.compile(r'[^\s()"]+')
"""A value that needs no quotes."""
_ESCAPED = re.compile(r'\\(["\\])')
_CLOSED_REGEX = re.compile(r"/(?:[^/\\]|\\.)*/", re.DOTALL)
_OPERATORS = ("_AND", "_OR", "_NOT", "_MINUS")

_QUOTE_HINT = "to look for the text itself, put it in quotes"
_KEYWORD_HINT = "to look for the words and, or, not, put them in quotes"
_REGEX_HINT = (
    r"only i (any case) may follow the closing /; inside, write \/ for a slash; "
    "a text that begins with a slash goes in quotes"
)


def parse(text: str) -> Node:
    """The nodes of an expression that is not blank.

    Raises:
        FilterError: it does not parse, or a regular expression or a field's name is wrong.
    """
    from lark import UnexpectedInput

    parser = _parser()
    try:
        node: Node = parser.parse(text)  # type: ignore[assignment]  # nodes instead of a tree
    except UnexpectedInput as error:
        raise _explained(parser, text, error) from None
    return node


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark

    grammar = files("mqtail.filters").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", transformer=_ToNodes())


class _ToNodes:
    """Callbacks of the grammar's rules: nodes are made while parsing."""

    def start(self, children: list[Node]) -> Node:
        return children[0]

    def either(self, children: list[Node]) -> Node:
        nodes = (node.nodes if isinstance(node, Or) else (node,) for node in children)
        return Or(tuple(chain.from_iterable(nodes)))

    def both(self, children: list[Node]) -> Node:
        nodes = (node.nodes if isinstance(node, And) else (node,) for node in children)
        return And(tuple(chain.from_iterable(nodes)))

    def negated(self, children: list[Node]) -> Node:
        return children[0].node if isinstance(children[0], Not) else Not(children[0])

    def word(self, children: list[Token]) -> Node:
        token = children[0]
        if unknown := _UNKNOWN_FIELD.match(token):
            _refuse_misspelt(unknown[1], _column(token))
        return Text(str(token))

    def phrase(self, children: list[Token]) -> Node:
        token = children[0]
        if len(token) == 2:
            raise FilterError(_column(token), "there is nothing between the quotes")
        return Text(_unquoted(token))

    def regex(self, children: list[Token]) -> Node:
        token = children[0]
        pattern, _, flags = str(token)[1:].rpartition("/")
        if flags not in ("", "i"):
            column = _column(token) + len(pattern) + 2
            raise FilterError(column, f'"{flags}" after a regular expression', _REGEX_HINT)
        if not pattern:
            raise FilterError(_column(token), "there is nothing between the slashes", _QUOTE_HINT)
        return Regex(GuardedPattern(_compiled(pattern, bool(flags), _column(token) + 1)))

    def field(self, children: list[Token]) -> Node:
        token = children[0]
        found = _FIELD.fullmatch(token)
        assert found is not None  # the grammar's FIELD has the same shape
        name, operator, value = found.groups()
        return Field(
            name.lower(),
            "=" if operator in (":", "==") else operator,
            _unquoted(value) if value.startswith('"') else value,
            _column(token),
            _column(token) + (found.start(3) if value else 0),
        )


def _column(token: Token) -> int:
    """Where a token begins, counted from 1 in the whole expression."""
    return (token.start_pos or 0) + 1


def _unquoted(text: str) -> str:
    return _ESCAPED.sub(r"\1", text[1:-1])


def quoted(text: str) -> str:
    """A text in quotes, as the filter language reads it."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def written(value: str) -> str:
    """A field's value as one types it: in quotes where it needs them."""
    return value if _BARE.fullmatch(value) else quoted(value)


def literal(value: str) -> str:
    """The same of a value that is taken for itself, whatever shell patterns mean by it."""
    return written(glob.escape(value))


def _compiled(pattern: str, ignore_case: bool, column: int) -> re.Pattern[str]:
    """A compiled regular expression; `^` and `$` mean every line. `column`: where it begins."""
    flags = re.MULTILINE | (re.IGNORECASE if ignore_case else 0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(pattern, flags)
    except re.error as error:
        at = min(error.pos or 0, len(pattern))
        raise FilterError(column + at, f"bad regular expression: {error.msg}") from None
    except (OverflowError, RecursionError, ValueError) as error:
        raise FilterError(column, f"bad regular expression: {error}") from None


def _refuse_misspelt(name: str, column: int) -> None:
    """Raise for a word like `levle:warn`; other words with a colon are just words."""
    near = _ABBREVIATIONS.get(name.lower())
    if near is None:
        near = next(iter(get_close_matches(name.lower(), FIELDS, n=1, cutoff=0.8)), None)
    if near is not None and name.lower() not in FIELDS:
        hint = f"did you mean {near}? {_QUOTE_HINT}"
        raise FilterError(column, f'there is no field "{name}"', hint)


def _explained(parser: Lark, text: str, error: UnexpectedInput) -> FilterError:
    """What is wrong, in words, where the parser met something that cannot stand there."""
    from lark import UnexpectedCharacters, UnexpectedToken

    if isinstance(error, UnexpectedCharacters):
        return _unclosed(text, error.pos_in_stream)  # type: ignore[arg-type]  # it is an int
    assert isinstance(error, UnexpectedToken)
    bad: Token = error.token
    before = _tokens_before(parser, text, bad)
    previous = before[-1] if before else None
    if previous is not None and previous.type in _OPERATORS:
        return FilterError(_column(previous), f'nothing follows "{previous}"', _KEYWORD_HINT)
    if bad.type == "_CLOSE":
        if previous is not None and previous.type == "_OPEN":
            return FilterError(_column(previous), "there is nothing in the parentheses")
        return FilterError(_column(bad), "this parenthesis was never opened", _QUOTE_HINT)
    if bad.type in _OPERATORS:
        return FilterError(_column(bad), f'nothing stands before "{bad}"', _KEYWORD_HINT)
    opened: list[Token] = []
    for token in before:
        if token.type == "_OPEN":
            opened.append(token)
        elif token.type == "_CLOSE":
            opened.pop()
    return FilterError(_column(opened[-1]), "this parenthesis is not closed", _QUOTE_HINT)


def _tokens_before(parser: Lark, text: str, bad: Token) -> list[Token]:
    """The tokens that were read before the bad one; all of them when the end came too early."""
    end = len(text) if bad.type == "$END" else bad.start_pos
    return list(takewhile(lambda token: (token.start_pos or 0) < (end or 0), parser.lex(text)))


def _unclosed(text: str, position: int) -> FilterError:
    """The error for a quote or a slash that begins no phrase and no regular expression."""
    if text[position] == '"':
        return FilterError(position + 1, "this quote is not closed")
    if closed := _CLOSED_REGEX.match(text, position):
        return FilterError(closed.end() + 1, "text after a regular expression", _REGEX_HINT)
    return FilterError(position + 1, "this regular expression has no closing /", _QUOTE_HINT)
