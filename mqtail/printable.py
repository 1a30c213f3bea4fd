"""Log text made harmless for a terminal: nothing in it can move the cursor or hide itself."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len

_REMEMBERED = 0x10000
"""Code points below this are kept in the table once they were looked at: a bounded number."""

_PRINTABLE_ASCII = bytes(range(0x20, 0x7F))

MOST_MARKS = 8
"""Characters without a width that may follow one another: a letter's accents, an emoji's style."""

_BLANK = (
    r"\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0d\uffa0"
    r"\U000e0100-\U000e01ef"
)
"""What Python takes for printable and nobody sees: Hangul fillers, selectors of variants."""
_HARMLESS = r"\u0000-\u02ff\u2000-\u20cf\u2100-\u2bff"
"""Blocks without any of these and without marks: Latin, punctuation, symbols, arrows, boxes."""
_PLANE_1 = r"\U00010000-\U0001ffff"
_JAMO = r"\u1161-\u11ff\ud7b0-\ud7fb"
"""Vowels and final consonants of Hangul, which are drawn into the syllable before them."""


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
    return _escape(code)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


_REPLACEMENTS = _Replacements()
_OTHERS = re.compile(f"[^{_HARMLESS}]")


class _Visible(dict[int, int]):
    """The same for text of as many characters: escapes, which are longer, are U+FFFD."""

    def __missing__(self, code: int) -> int:
        shown = _REPLACEMENTS[code]
        return shown if isinstance(shown, int) else 0xFFFD


_VISIBLE = _Visible()


def visible(text: str) -> str:
    """Text of as many characters, one line, that no terminal interprets: to be typed in."""
    return text if text.isprintable() else text.translate(_VISIBLE)


def printable(text: str, *, tab: int = 8, multiline: bool = False) -> str:
    r"""Text that shows what is in it and that no terminal interprets.

    Control characters become their Unicode pictures (`␛`), a lone surrogate U+FFFD. What is
    invisible or changes the direction of writing (C1 controls, bidi overrides, zero-width and
    other format characters, line and paragraph separators, tags, private and unassigned code
    points, Hangul fillers) becomes an escape like `\u202e`. Accents, CJK, emoji and all kinds of
    spaces stay; a zero-width joiner is escaped, so an emoji made of several is shown as its parts,
    and so are accents without a letter before them and those beyond the first `MOST_MARKS`.

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
    elif text.isprintable() and not _has_doubtful(text):
        return text
    if multiline and "\n" in text:
        return "\n".join([_clean_line(line, tab) for line in text.split("\n")])
    return _clean_line(text, tab)


def _clean_line(line: str, tab: int) -> str:
    if "\t" not in line:
        return _clean(line)
    expanded = line.expandtabs(tab)
    if expanded.isascii() and expanded.isprintable():
        return expanded
    first, *pieces = line.split("\t")
    cleaned = [_clean(first)]
    column = cell_len(cleaned[0])
    for piece in pieces:
        blanks = tab - column % tab
        shown = _clean(piece)
        cleaned += (" " * blanks, shown)
        column += blanks + cell_len(shown)
    return "".join(cleaned)


def _clean(text: str) -> str:
    """Text without tabs, every character of it made harmless."""
    cleaned = text if text.isprintable() else text.translate(_REPLACEMENTS)
    return _doubtful().sub(_escaped, cleaned) if _has_doubtful(cleaned) else cleaned


def _has_doubtful(text: str) -> bool:
    """Whether something in it is not to be shown where it stands."""
    # Making the pattern of all that takes 30 ms, which most texts need not wait for.
    return _OTHERS.search(text) is not None and _doubtful().search(text) is not None


@lru_cache(maxsize=1)
def _doubtful() -> re.Pattern[str]:
    """Finds what is printable by itself, and is not to be shown where it stands."""
    # A set of characters of the first plane is one look into a table, any other a list.
    mark = f"(?:[{_marks(0x300, 0xFFFF)}{_JAMO}]|[{_PLANE_1}](?<=[{_marks(0x10000, 0x1FFFF)}]))"
    return re.compile(f"[{_BLANK}]|^{mark}+|(?<={mark}{{{MOST_MARKS}}}){mark}+")


def _marks(first: int, last: int) -> str:
    codes = map(chr, range(first, last + 1))
    return "".join(code for code in codes if unicodedata.category(code) in ("Mn", "Me"))


def _escaped(found: re.Match[str]) -> str:
    return "".join(map(_escape, map(ord, found[0])))
