"""The rows of the detail of an event: what each shows, and what is copied of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from mqtail.events import LogEvent
from mqtail.explanations import Explanation
from mqtail.printable import printable
from widgets.detail.fields import DetailField, phrase
from widgets.detail.json_tree import JsonNode, JsonPart
from widgets.human import count
from widgets.log.row import TAB, trace_style

MAX_LINES = 1_000
"""Lines of a text that are shown; all of them can be copied."""
MAX_CHARS = 200_000
"""Characters of a text that are shown."""
MAX_LINE = 4_000
"""Characters of a line or value that are shown."""
OPEN_NODES = 300
"""Values of JSON that are unfolded to begin with; of more, only the outer ones are."""

FOLDED, UNFOLDED, NO_FOLD = "▸ ", "▾ ", "  "
INDENT = 2
"""Cells that what is inside stands further to the right."""
NAME_WIDTH = 13
"""Cells of the names of the fields."""

_MAX_NAME = 100
_PREVIEW = 200
_PLAIN_NAME = re.compile(r"[\w.\-/@$]+")
_SETTING = re.compile(r"(\s+[\w.\-]{1,120}+)( = )")
"""A setting in a broker's list of all of them."""

STYLES = (
    "head",
    "warn",
    "error",
    "late",
    "heading",
    "remark",
    "mark",
    "text",
    "first",
    "code",
    "url",
    "name",
    "string",
    "number",
    "word",
    "further",
    "frame",
    "frame-library",
    "cause",
    "thrown",
    "match",
)
"""Names of the styles of parts of rows; with `event-detail--` before it: CSS classes."""

Part = tuple[str, str]
"""A text that is printable, and the name of its style."""
Folds = Mapping[str, bool]
"""Which rows were folded (True) or unfolded, by their keys; others are as they begin."""


@dataclass(slots=True)
class DetailRow:
    """A row; it takes as many lines of the screen as its text needs."""

    key: str
    """Tells it from the others; the same in another event for what is the same there."""
    parts: Sequence[Part]
    what: str
    """What is copied, in words: `the logger`."""
    value: Callable[[], str]
    """What is copied."""
    indent: int = 0
    """Cells before the text."""
    hang: int = 0
    """Further cells before the text of the lines after the first."""
    folded: bool | None = None
    """Whether what is below is hidden; None: there is nothing to fold."""
    level: int = 2
    """0: the head, 1: the heading of a section, 2 and more: what is inside."""
    filter: Callable[[], str] = str
    """Gives a filter expression for events that have this, too; empty: there is none."""
    url: str = ""
    """The page that it opens."""

    @property
    def plain(self) -> str:
        """What is shown, without the cells before it."""
        return "".join([text for text, _ in self.parts])


def explanation_rows(explanation: Explanation) -> Iterator[DetailRow]:
    """What a line means, what to look at next, and the page."""
    meaning = explanation.meaning
    yield DetailRow("meaning/text", _with_code(meaning), "the explanation", lambda: meaning, INDENT)
    if explanation.look_at:
        whole = "\n".join(f"- {line}" for line in explanation.look_at)
        parts = [("Look at next", "name")]
        yield DetailRow("meaning/next", parts, "what to look at next", lambda: whole, INDENT)
    for number, line in enumerate(explanation.look_at):
        parts = [("• ", "mark"), *_with_code(line)]
        yield DetailRow(f"meaning/{number}", parts, "the line", _given(line), INDENT, INDENT)
    url = explanation.doc
    yield DetailRow(
        "meaning/page", [(url, "url")], "the page's address", lambda: url, INDENT, url=url
    )


def text_rows(key: str, text: str, *, styled: bool) -> Iterator[DetailRow]:
    """The lines of a text, and a note where there are too many.

    Args:
        key: key of the section.
        text: the text as received.
        styled: make stack traces and settings stand out.
    """
    lines = text.split("\n", MAX_LINES)[:MAX_LINES]
    shown = chars = 0
    for shown, line in enumerate(lines, 1):
        chars += min(len(line), MAX_LINE) + 1
        if chars > MAX_CHARS:
            shown -= 1
            break
        parts = _line_parts(line, first=shown == 1) if styled else _cut_parts(line, "text")
        hang = len(line) - len(line.lstrip()) if len(line) <= MAX_LINE else 0
        indented = min(hang * (TAB if line.startswith("\t") else 1), 16)
        yield DetailRow(
            f"{key}/{shown}", parts, "the line", _given(line), INDENT, indented + INDENT
        )
    hidden = text.count("\n") + 1 - shown
    if hidden:
        lines_more = "1 more line" if hidden == 1 else f"{count(hidden)} more lines"
        note = f"… {lines_more}; {_size(len(text))} in all: y copies everything"
        yield DetailRow(f"{key}/more", [(note, "remark")], "the whole text", lambda: text, INDENT)


def field_rows(fields: Sequence[DetailField]) -> Iterator[DetailRow]:
    """A row for each field."""
    for field in fields:
        name = f"{printable(field.name)[:_MAX_NAME]:<{NAME_WIDTH - 1}} "
        value = field.value.replace("\r\n", "\n").replace("\n", " ⏎ ")
        parts = [(name, "name"), *_cut_parts(value, "text")]
        if field.remark:
            parts.append((f"  {field.remark}", "remark"))
        yield DetailRow(
            f"fields/{field.name}",
            parts,
            f"the {field.name}",
            _given(field.value),
            INDENT,
            NAME_WIDTH,
            filter=field.filter,
        )


def json_rows(part: JsonPart, folds: Folds, event: LogEvent) -> Iterator[DetailRow]:
    """A row for each value that is not folded away; the outermost one is the section itself."""
    keys, number = {0: "json"}, 1
    deepest = open_depth(part.nodes)
    while number < len(part.nodes):
        node = part.nodes[number]
        key = f"{keys[node.parent]}/{node.name[:_MAX_NAME]}"
        row = _json_row(part, number, key, event)
        if node.can_fold:
            keys[number] = key
            row.folded = folds.get(key, node.depth >= deepest)
            mark = FOLDED if row.folded else UNFOLDED
            row.parts = [(mark, "mark"), *row.parts, *_container_parts(part, number, row.folded)]
        yield row
        number = node.after if row.folded else number + 1


def open_depth(nodes: Sequence[JsonNode]) -> int:
    """The depth from which on objects and lists begin folded, so that few values are shown."""
    depths = [0] * (max(node.depth for node in nodes) + 2)
    for node in nodes:
        depths[node.depth] += 1
    shown = 0
    for depth, here in enumerate(depths):
        shown += here
        if shown > OPEN_NODES:
            return max(1, depth - 1)
    return len(depths)


def json_keys(part: JsonPart) -> Iterator[str]:
    """The keys of the rows that can be folded, all but the section itself."""
    keys = {0: "json"}
    for number, node in enumerate(part.nodes):
        if number and node.can_fold:
            keys[number] = f"{keys[node.parent]}/{node.name[:_MAX_NAME]}"
            yield keys[number]


def _json_row(part: JsonPart, number: int, key: str, event: LogEvent) -> DetailRow:
    """The row of a value; of one that can be folded without what tells that."""
    node = part.nodes[number]
    in_list = part.nodes[node.parent].kind == "list"
    name = (node.name, "remark") if in_list else (_shown_name(node.name), "name")
    parts: list[Part] = [name, (": ", "remark")]
    filter: Callable[[], str] = str
    if not node.can_fold:
        written = part.text(number)
        style = node.kind if node.kind in ("string", "number", "word") else "remark"
        parts = [(NO_FOLD, "mark"), *parts, *_cut_parts(written, style)]
        if node.kind == "string":
            filter = partial(phrase, written[1:-1], event)
    return DetailRow(
        key,
        parts,
        f"the {node.kind if node.kind != 'word' else 'value'}",
        partial(part.value, number),
        INDENT + INDENT * (node.depth - 1),
        2 * INDENT,
        level=2 + node.depth,
        filter=filter,
    )


def _container_parts(part: JsonPart, number: int, folded: bool) -> list[Part]:
    """How many things are in an object or list; where it is folded, how it begins."""
    node = part.nodes[number]
    thing = "member" if node.kind == "object" else "item"
    counted = f"{count(node.size)} {thing}{'' if node.size == 1 else 's'}"
    if not folded:
        return [(counted, "remark")]
    begin = part.source[node.start : min(node.end, node.start + _PREVIEW)]
    return [(f"{counted}  {' '.join(printable(begin, tab=1).split())[:60]}…", "remark")]


def _shown_name(written: str) -> str:
    """A name without its quotes, unless they tell something."""
    inner = written[1:-1]
    if len(inner) > _MAX_NAME:
        return printable(inner[:_MAX_NAME]) + "…"
    return inner if _PLAIN_NAME.fullmatch(inner) else printable(written)


def _line_parts(line: str, *, first: bool) -> list[Part]:
    """A line of a message, by what it is in a stack trace or a list of settings."""
    if first:
        return _cut_parts(line, "first")
    setting = _SETTING.match(line)
    if setting is None:
        return _cut_parts(line, trace_style(line[:MAX_LINE]))
    name, rest = printable(setting[1], tab=TAB), line[setting.end() :]
    return [(name, "name"), (" = ", "remark"), *_cut_parts(rest, "text")]


def _cut_parts(text: str, style: str) -> list[Part]:
    """A text in its style, and how much of it is not shown."""
    parts = [(printable(text[:MAX_LINE].rstrip("\r\n"), tab=TAB), style)]
    if len(text) > MAX_LINE:
        more = f" … {count(len(text) - MAX_LINE)} more characters: y copies all of it"
        parts.append((more, "remark"))
    return parts


def _with_code(text: str) -> list[Part]:
    """A text in which names stand in backquotes."""
    pieces = printable(text).split("`")
    return [(piece, "code" if at % 2 else "text") for at, piece in enumerate(pieces) if piece]


def _given(text: str) -> Callable[[], str]:
    return lambda: text


def _size(chars: int) -> str:
    """`900 characters`, `1.2 million characters`."""
    if chars >= 1_000_000:
        return f"{chars / 1_000_000:.1f} million characters"
    return f"{count(chars)} characters"
