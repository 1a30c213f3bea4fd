"""Log text made harmless for a terminal: nothing in it can move the cursor or hide itself."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len

_REMEMBERED = 0x10000
"""Code points below this are kept in the table once they were looked at: a bounded number."""

_PRINTABLE_ASCII = bytes(range(0x20, 0x7F))


class _Replacements(dict[int, str | int]):
    """Table for `str.translate`, filled as characters turn up; a value is what is shown instead."""

    def __missing__(self, code: int) -> str | int:
        shown = _shown(code)
        if code < _REMEMBERED:
            self[code] = shown
        return shown


def _shown(code: int) -> str | int:
    """What stands for a character: itself, its control picture, or its escape."""
    if code < 0x20:
        return 0x2400 + code
    if code == 0x7F:
        return 0x2421
    character = chr(code)
    if character.isprintable():
        return code
    category = unicodedata.category(character)
    if category == "Zs":
        return code
    if category == "Cs":
        return 0xFFFD
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


_REPLACEMENTS = _Replacements()


def printable(text: str, *, tab: int = 8, multiline: bool = False) -> str:
    r"""Text that shows what is in it and that no terminal interprets.

    Control characters become their Unicode pictures (`␛`), a lone surrogate U+FFFD. What is
    invisible or changes the direction of writing (C1 controls, bidi overrides, zero-width and
    other format characters, line and paragraph separators, tags, private and unassigned code
    points) becomes an escape like `\u202e`. Accents, CJK, emoji and all kinds of spaces stay;
    a zero-width joiner is escaped, so an emoji made of several is shown as its parts.

    The result is printable already: cleaning it again changes nothing.

    Args:
        text: the text as it was received.
        tab: cells from one tab stop to the next, at least 1; tabs become spaces.
        multiline: keep newlines; otherwise they are shown as `␊`.
    """
    # Deleting every printable character is the fastest way to learn that there is no other one.
    if text.isascii():
        if not text.encode().translate(None, _PRINTABLE_ASCII):
            return text
    elif text.isprintable():
        return text
    if multiline and "\n" in text:
        return "\n".join([_clean_line(line, tab) for line in text.split("\n")])
    return _clean_line(text, tab)


def _clean_line(line: str, tab: int) -> str:
    if "\t" not in line:
        return line if line.isprintable() else line.translate(_REPLACEMENTS)
    expanded = line.expandtabs(tab)
    if expanded.isascii() and expanded.isprintable():
        return expanded
    first, *pieces = line.split("\t")
    cleaned = [first.translate(_REPLACEMENTS)]
    column = cell_len(cleaned[0])
    for piece in pieces:
        blanks = tab - column % tab
        shown = piece.translate(_REPLACEMENTS)
        cleaned += (" " * blanks, shown)
        column += blanks + cell_len(shown)
    return "".join(cleaned)
