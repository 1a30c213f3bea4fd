"""What is in an object: lines, or JSON records in one of their many forms."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from mqtail.sources.objects.records import Piece, pieces_of

MAX_CHARS = 1_000_000
"""A longer line is cut into parts."""

_MAX_RECORD = 4_000_000
"""Characters of a JSON record at the most; what goes on for longer is no JSON."""
_LONG = 64_000
"""A line that is so long may be many records without delimiters."""
_NEAR_END = 8
"""JSON that is cut off is found to be wrong at its end, or a word or number before."""

_KAFKA_START = re.compile(
    r"\[20\d\d-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] (?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) "
)
_KAFKA_HEAD = "[20"
_NO_END = frozenset(" \t\"'=(")
"""A record does not end so: a time after one of these is quoted in a message."""

_RECORDS = re.compile(r'\{\s*"Records"\s*:\s*\[')
_ARRAY = re.compile(r"\[\s*(?=\{)")
_BLANK = re.compile(r"[\s\ufeff]*")
_BEGINS_JSON = re.compile(r'[\s\ufeff]*(?:\[\s*)?\{\s*["}]')
_UNTOLD = re.compile(r"[\s\ufeff]*(?:\[\s*)?(?:\{\s*)?")
"""A beginning that does not tell yet whether JSON follows."""
_BETWEEN = re.compile(r"[\s,\]}]*")
_LINES, _JSON = range(2)


class Splitter:
    """Splits the bytes of an object into lines or records, told by how it begins.

    Lines end with LF or CR LF; Kafka's lines may also follow each other without any. JSON objects
    stand one to a line, or follow each other without a delimiter, or are in an array; CloudTrail's
    are in `{"Records": [...]}`.
    """

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._form: int | None = None
        self._rest = ""
        self._count = 0
        self._enough = 0
        """Characters that `_rest` must have before it is tried again whether its JSON ends."""
        self._in_array = False
        self._within = False
        """The last piece was not the last part of its line."""

    def feed(self, data: bytes) -> list[Piece]:
        """The lines or records that are complete with these bytes."""
        return self._split(self._decode(data), final=False)

    def finish(self) -> list[Piece]:
        """What is left at the end, complete or not."""
        return self._split(self._decode(b"", True), final=True)

    def _split(self, text: str, *, final: bool) -> list[Piece]:
        text = self._rest + text
        if self._form is None:
            if not final and len(text) < _LONG and _UNTOLD.fullmatch(text):
                self._rest = text
                return []
            self._form = _JSON if _BEGINS_JSON.match(text) else _LINES
        return list(self._json(text, final) if self._form == _JSON else self._lines(text, final))

    # Lines.

    def _lines(self, text: str, final: bool) -> Iterator[Piece]:
        lines = text.split("\n")
        self._rest = "" if final else lines.pop()
        if final and not lines[-1]:
            lines.pop()
        if "\r" in text:
            lines = [line.removesuffix("\r") for line in lines]
        for line in lines:
            if line.find(_KAFKA_HEAD, 1) < 0 and len(line) <= MAX_CHARS and not self._within:
                self._count += 1
                yield Piece(line, self._count)
            else:
                yield from self._long_line(line)
        if len(self._rest) > _LONG:
            *complete, self._rest = _without_delimiter(self._rest)
            for record in complete:
                yield from self._long_line(record)
            if len(self._rest) > MAX_CHARS:
                yield from self._parts(self._rest[:MAX_CHARS])
                self._rest = self._rest[MAX_CHARS:]
                self._within = True

    def _long_line(self, line: str) -> Iterator[Piece]:
        """A line that may be several records, or be too long."""
        for record in _without_delimiter(line):
            yield from self._parts(record)
            self._within = False

    def _parts(self, record: str) -> Iterator[Piece]:
        if not self._within:
            self._count += 1
        for at in range(0, len(record), MAX_CHARS) or (0,):
            yield Piece(record[at : at + MAX_CHARS], self._count)

    # JSON.

    def _json(self, text: str, final: bool) -> Iterator[Piece]:
        self._rest = text
        if len(text) < self._enough and not final:
            return
        self._enough = 0
        at = 0
        while True:
            blank = (_BETWEEN if self._in_array else _BLANK).match(text, at)
            at = blank.end() if blank else at
            if at == len(text):
                break
            if opening := _RECORDS.match(text, at) or _ARRAY.match(text, at):
                self._in_array = True
                at = opening.end()
                continue
            end, pieces = self._record(text, at, final)
            if not end:
                break
            yield from pieces
            at = end
        self._rest = text[at:]

    def _record(self, text: str, at: int, final: bool) -> tuple[int, list[Piece]]:
        """A record and where it ends; 0: it goes on behind what there is so far."""
        if text[at] == "{":
            decoded = _decoded(text, at)
            if decoded.record is not None:
                self._count += 1
                record = text[at : decoded.end]
                return decoded.end, pieces_of(decoded.record, record, self._count)
            if decoded.cut_off and not final and len(text) - at < _MAX_RECORD:
                # To try again with each chunk would take a time that grows with the square.
                self._enough = 2 * (len(text) - at)
                return 0, []
        end = text.find("\n", at)
        if end < 0:
            if not final and len(text) - at <= MAX_CHARS:
                return 0, []
            end = len(text)
        pieces = list(self._long_line(text[at:end].removesuffix("\r")))
        return end, pieces


def _without_delimiter(line: str) -> list[str]:
    """A line cut where records of Kafka begin in it."""
    starts = [found.start() for found in _KAFKA_START.finditer(line, 1)]
    starts = [at for at in starts if line[at - 1] not in _NO_END]
    return [line[begin:end] for begin, end in pairwise((0, *starts, len(line)))]


class _Decoded(NamedTuple):
    record: dict[str, Any] | None
    end: int
    cut_off: bool
    """It is no JSON object so far, but may be the beginning of one."""


_DECODER = json.JSONDecoder(strict=False)


def _decoded(text: str, at: int) -> _Decoded:
    """The JSON object that begins there."""
    try:
        record, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        unterminated = error.msg.startswith("Unterminated string")
        return _Decoded(None, at, unterminated or error.pos >= len(text) - _NEAR_END)
    except (ValueError, RecursionError):
        # A number of thousands of digits, or thousands of brackets.
        return _Decoded(None, at, False)
    return _Decoded(record, end, False)
