"""A table of keys, or of other short texts, with what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

INDENT = 2
"""Cells before each row."""
LEAST_TEXT = 20
"""Cells that the meanings have at least; keys that leave less stand in a line of their own."""
NOTES_FROM = 70
"""Width (cells) from which on there is room for the notes."""


class KeyRow(NamedTuple):
    """What a key means."""

    key: str
    text: str
    note: str = ""
    """Shown behind the text, in small print, where there is room."""

    def has(self, words: Sequence[str]) -> bool:
        """Whether all of these lower-case words are in it."""
        text = f"{self.key} {self.text} {self.note}"
        return all(word in text.casefold() or word == self.key for word in words)


class KeyTable(Widget):
    """Shows rows under a title, long texts wrapped beside their keys; it can be narrowed down.

    Args:
        title: stands above the rows.
        rows: the rows.
        key_width: cells that keys have.
    """

    DEFAULT_CSS = """
    KeyTable {
        height: auto;
        margin-bottom: 1;

        & > .key-table--title { color: $text-primary; text-style: bold; }
        & > .key-table--key { color: $text-accent; text-style: bold; }
        & > .key-table--text { color: $text; }
        & > .key-table--note { color: $text-muted; text-style: italic; }

        &:ansi > .key-table--note { text-style: dim; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-table--title",
        "key-table--key",
        "key-table--text",
        "key-table--note",
    }

    def __init__(self, title: str, rows: Sequence[KeyRow], key_width: int) -> None:
        super().__init__()
        self._title = title
        self._rows = self._shown = list(rows)
        self._key_width = key_width

    def narrow(self, words: Sequence[str]) -> int:
        """Show only the rows that have all of these words, in any case, and hide without any.

        A word that the title has is met by all rows.

        Returns:
            How many rows there are then.
        """
        title = self._title.casefold()
        wanted = [word for word in map(str.casefold, words) if word not in title]
        self._shown = [row for row in self._rows if row.has(wanted)]
        self.display = bool(self._shown)
        self.refresh(layout=True)
        return len(self._shown)

    def render(self) -> Content:
        """The title, and the rows below it."""
        return Content("\n").join(self._lines(self.content_size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lines that the rows take when they are wrapped to a width."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[Content]:
        title, key, text, note = (
            self.get_visual_style(f"key-table--{name}") for name in ("title", "key", "text", "note")
        )
        lines = [Content.styled(self._title, title)]
        for row in self._shown:
            meaning = Content.styled(row.text, text)
            if row.note and width >= NOTES_FROM:
                meaning = meaning + Content.styled(f"  {row.note}", note)
            lines += self._row_lines(row.key, key, meaning, width)
        return lines

    def _row_lines(self, key: str, style: Style, meaning: Content, width: int) -> list[Content]:
        """One row: the key, and the meaning beside it, wrapped."""
        beside = INDENT + self._key_width + 1
        if width - beside < LEAST_TEXT:
            beside = INDENT + INDENT
        blank = Content(" " * beside)
        wrapped = meaning.wrap(max(1, width - beside)) or [Content()]
        room = beside - INDENT - cell_len(key)
        if room < 1:
            named = Content(" " * INDENT) + Content.styled(key, style)
            return [named, *(blank + line for line in wrapped)]
        first = Content(" " * INDENT) + Content.styled(key, style) + Content(" " * room)
        return [first + wrapped[0], *(blank + line for line in wrapped[1:])]
