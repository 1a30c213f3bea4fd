"""JSON in the text of an event: where each of its values stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

JSON_CHARS = 200_000
"""Characters beyond which JSON is not laid out."""
JSON_NODES = 10_000
"""Values beyond which JSON is not laid out."""
JSON_DEPTH = 40
"""Nesting beyond which JSON is not laid out: its indentation would fill the screen."""

_MOST_TRIES = 20
"""Places of a text that are tried for the beginning of JSON."""
_BEGINNING = re.compile(r'\{\s{0,100}+(?=")|\[\s{0,100}+(?=\{)')
"""What JSON in the middle of a text begins with: lists of numbers are everywhere in logs."""
_TOKEN = re.compile(
    r"[ \t\r\n]*+(?:"
    r'(?P<string>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)"
    r"|(?P<word>true|false|null)"
    r"|(?P<mark>[\[\]{},:]))"
)
"""Possessive, so that what does not match is found out in one pass."""


class JsonTooLarge(ValueError):
    """A text begins as JSON and goes beyond the bounds; the text says which, for the user."""


@dataclass(slots=True, eq=False)
class JsonNode:
    """A value."""

    parent: int
    """Number of the object or list that it is in; -1: it is the outermost."""
    depth: int
    """0: the outermost."""
    name: str
    """Its name as written, in quotes; of an item of a list its number, from 0."""
    start: int
    """Where it begins in the text."""
    kind: str
    """`object`, `list`, `string`, `number` or `word` (true, false, null)."""
    end: int = 0
    """Behind its last character."""
    size: int = 0
    """Members or items."""
    after: int = 0
    """Number of the first node that is not inside it."""

    @property
    def can_fold(self) -> bool:
        """Whether there is something in it."""
        return self.size > 0


@dataclass(frozen=True, slots=True)
class JsonPart:
    """The part of a text that is JSON."""

    source: str
    """The text that it stands in."""
    nodes: list[JsonNode] = field(repr=False)
    """Every value after the object or list that it is in."""
    whole: bool
    """There is nothing else in the text."""

    def text(self, node: int = 0) -> str:
        """A value as it is written."""
        found = self.nodes[node]
        return self.source[found.start : found.end]

    def value(self, node: int) -> str:
        """What is copied of a value: what a string says, anything else as it is written."""
        text = self.text(node)
        return str(json.loads(text)) if self.nodes[node].kind == "string" else text


def find_json(text: str) -> JsonPart | None:
    """The JSON in a text: all of it, or else the first object or list of objects.

    Raises:
        JsonTooLarge: the text begins as JSON and is beyond the bounds.
    """
    begin = len(text) - len(text.lstrip())
    from_begin = text[begin : begin + 1] in ("{", "[")
    if len(text) > JSON_CHARS:
        if from_begin and _BEGINNING.match(text, begin):
            raise JsonTooLarge("too long to be laid out as JSON")
        return None
    for at in _beginnings(text, begin):
        try:
            nodes = _read(text, at)
        except JsonTooLarge:
            if at == begin:
                raise
            return None
        if nodes is None:
            continue
        whole = at == begin and not text[nodes[0].end :].strip()
        if whole or _BEGINNING.match(text, at):
            return JsonPart(text, nodes, whole)
    return None


def _beginnings(text: str, begin: int) -> Iterator[int]:
    """Where JSON may begin."""
    if text[begin : begin + 1] in ("{", "["):
        yield begin
    for tries, found in enumerate(_BEGINNING.finditer(text, begin + 1)):
        if tries == _MOST_TRIES:
            return
        yield found.start()


def _read(text: str, at: int) -> list[JsonNode] | None:
    """The values of the JSON that begins at a character; None: there is none."""
    nodes: list[JsonNode] = []
    inside: list[int] = []
    name, expected = "", "value"
    while token := _TOKEN.match(text, at):
        kind, at = str(token.lastgroup), token.end()
        written = token[kind] if kind in ("mark", "string") else ""
        mark = written if kind == "mark" else ""
        container = nodes[inside[-1]] if inside else None
        if expected in ("first name", "name") and kind == "string":
            name, expected = written, "colon"
        elif expected == "colon" and mark == ":":
            expected = "value"
        elif expected in ("first value", "value") and (not mark or mark in "{["):
            if container is not None:
                name = str(container.size) if container.kind == "list" else name
                container.size += 1
            node = JsonNode(
                inside[-1] if inside else -1, len(inside), name, token.start(kind), kind
            )
            nodes.append(node)
            _refuse_too_large(nodes, inside)
            if mark:
                node.kind = "object" if mark == "{" else "list"
                expected = "first name" if mark == "{" else "first value"
                inside.append(len(nodes) - 1)
            else:
                node.end, node.after, expected = at, len(nodes), "comma"
        elif expected == "comma" and mark == "," and container is not None:
            expected = "name" if container.kind == "object" else "value"
        elif container is not None and _closes(mark, container.kind, expected):
            container.end, container.after, expected = at, len(nodes), "comma"
            inside.pop()
            if not inside:
                return nodes
        else:
            return None
    return None


def _closes(mark: str, kind: str, expected: str) -> bool:
    """Whether a mark ends an object or a list."""
    if kind == "object":
        return mark == "}" and expected in ("first name", "comma")
    return mark == "]" and expected in ("first value", "comma")


def _refuse_too_large(nodes: list[JsonNode], inside: list[int]) -> None:
    if len(nodes) > JSON_NODES:
        raise JsonTooLarge("too many values to be laid out as JSON")
    if len(inside) >= JSON_DEPTH:
        raise JsonTooLarge("too deeply nested to be laid out as JSON")
