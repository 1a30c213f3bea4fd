"""The files that `mqtail open` takes: what each holds, and its events."""

from __future__ import annotations

import codecs
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO

from mqtail.errors import TargetError
from mqtail.events import LogEvent
from mqtail.recordings.records import NO_EVENT, RecordReader, elements
from mqtail.recordings.sources import Sources
from mqtail.recordings.text_lines import TextReader, time_of
from mqtail.recordings.unpacking import GZIP, Unpacker

SLICE = 1_000
"""Events that are given at once."""
STDIN = "-"
"""The name that stands for stdin."""

_HEAD = 65_536
"""Bytes that tell what a file holds."""
_PART = 131_072
"""Bytes that are read into events at once."""
_TEXT_PART = 16_384
"""The same of plain text, whose lines take longer."""
_MOST_LINE = 32_000_000
"""A longer line is no event."""
_MOST_DOCUMENT = 256_000_000
"""Characters of a single JSON document at the most: it has to be held whole."""
_SUFFIXES = {".gz", ".jsonl", ".json", ".log", ".txt"}

_DOCUMENT = re.compile(r'\s*(?:\[\s*(?=[{\]])|\{(?s:.*?)"events"\s*:\s*\[)')
"""The beginning of a JSON array of events, up to its first one."""
_KINDS = "It opens recordings, JSON lines, what `aws logs filter-log-events` prints, and log files."


class _Form(Enum):
    LINES = auto()
    DOCUMENT = auto()
    TEXT = auto()


class RecordedFile:
    """One file of events: a recording, other JSON, or the text of a broker's log.

    Args:
        path: the file; `-`: stdin.
        sources: of all files that are opened together.

    Raises:
        TargetError: it cannot be read, or holds no events that could be told.
    """

    def __init__(self, path: str, sources: Sources) -> None:
        self._path = path
        self.name = "stdin" if path == STDIN else Path(path).name
        self.notes: list[str] = []
        """What was wrong with it, in sentences; complete once all events were given."""
        self.size = 0
        """Bytes; 0: not known."""
        self._file = self._opened(path)
        self._unpacker = Unpacker(self._file)
        self._bad_lines = 0
        self._first_bad = 0
        self._cut = False
        self._orders = sources.orders
        target = _target_name(self.name)
        self._records = RecordReader(target, sources)
        self._text = TextReader(target, sources)
        try:
            self._head = self._read_head()
            self._form = self._found_form()
        except TargetError:
            self.close()
            raise

    @property
    def position(self) -> int:
        """Bytes of it read so far."""
        return self._unpacker.position

    def close(self) -> None:
        """Close the file."""
        if self._path != STDIN:
            self._file.close()

    def events(self) -> Iterator[list[LogEvent]]:
        """Its events in the order in which they are written, `SLICE` or so at a time.

        What cannot be read is passed over, and told in `notes`.

        Raises:
            TargetError: there is no event in it at all.
        """
        parts = {
            _Form.LINES: self._json_lines,
            _Form.DOCUMENT: self._document,
            _Form.TEXT: self._text_lines,
        }[self._form]()
        found, orders = False, self._orders
        for part in parts:
            for row in range(0, len(part), SLICE):
                events = part[row : row + SLICE]
                for event in events:
                    event.order = next(orders)
                found = True
                yield events
            if not part:
                yield []
        self._tell()
        if not found:
            reason = (
                "no line in it has a time" if self._form is _Form.TEXT else "no events are in it"
            )
            raise self._error(f"{reason}", " ".join(self.notes) or _KINDS)

    # What it is.

    def _opened(self, path: str) -> BinaryIO:
        if path == STDIN:
            if sys.stdin is None or sys.stdin.isatty():
                raise TargetError("stdin is a terminal: there is no recording to read.")
            return sys.stdin.buffer
        try:
            file = open(path, "rb", buffering=0)  # noqa: SIM115  # `close` closes it
        except FileNotFoundError:
            raise TargetError(f"There is no file {path}.") from None
        except IsADirectoryError:
            raise TargetError(f"{path} is a directory.", "Name the files in it.") from None
        except (OSError, ValueError) as error:
            raise self._error(_reason(error)) from error
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode):
            self.size = status.st_size
        return file

    def _read_head(self) -> bytes:
        head = b""
        while len(head) < _HEAD and (data := self._unpacker.read()):
            head += data
        return head

    def _found_form(self) -> _Form:
        problem = self._unpacker.problem
        if problem and not self._head:
            raise self._error(problem)
        text = self._head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
        if not text:
            raise TargetError(f"{self.name} is empty: there is nothing to show.")
        if "\0" in text or self._head.startswith(GZIP):
            raise self._error("it is no text", _KINDS)
        first = text.partition("\n")[0]
        if text.startswith("{"):
            return self._json_form(text, first)
        if _DOCUMENT.match(text):
            return _Form.DOCUMENT
        whole = len(self._head) < _HEAD
        if whole and not any(map(time_of, text.splitlines())):
            raise self._error("no line in it has a time", _KINDS)
        return _Form.TEXT

    def _json_form(self, text: str, first: str) -> _Form:
        """Lines or a document; by its first line, or else by any that is an event."""
        lines = text.splitlines()
        if any(self._is_event(line) for line in lines if line.startswith("{")):
            return _Form.LINES
        begins = _DOCUMENT.match(text)
        if begins and text.startswith("{"):
            return _Form.DOCUMENT
        if len(self._head) >= _HEAD and len(first) == len(text):
            # One line, longer than what was looked at.
            return _Form.LINES
        raise self._error("its JSON holds no log events", _KINDS)

    def _is_event(self, line: str) -> bool:
        try:
            self._records.line(line.encode())
        except NO_EVENT:
            return False
        return True

    # Its events.

    def _parts(self) -> Iterator[bytes]:
        """All bytes, in parts that are neither tiny nor huge."""
        yield from (self._head[at : at + _PART] for at in range(0, len(self._head), _PART))
        self._head = b""
        while data := self._unpacker.read():
            yield data

    def _json_lines(self) -> Iterator[list[LogEvent]]:
        number = 0
        for lines in self._complete_lines():
            count = lines.count(b"\n") + (not lines.endswith(b"\n"))
            try:
                yield self._records.lines(lines)
            except NO_EVENT:
                yield from self._line_by_line(lines, number)
            number += count

    def _complete_lines(self) -> Iterator[bytes]:
        """The bytes again, each part ending with a line; the last as it is."""
        rest: list[bytes] = []
        held = 0
        for data in self._parts():
            end = data.rfind(b"\n") + 1
            if end:
                yield b"".join([*rest, data[:end]]).removeprefix(codecs.BOM_UTF8)
                rest, held = [data[end:]], len(data) - end
            elif held < _MOST_LINE:
                # What is longer loses its end, and is told as no event.
                rest.append(data)
                held += len(data)
        last = b"".join(rest)
        if last.strip():
            yield last

    def _line_by_line(self, lines: bytes, number: int) -> Iterator[list[LogEvent]]:
        """The events of lines that are not all events."""
        events: list[LogEvent] = []
        for number, line in enumerate(lines.split(b"\n"), number + 1):  # noqa: B020
            if not line.strip():
                continue
            try:
                events.append(self._records.line(line))
            except NO_EVENT:
                if lines.endswith(line):
                    # Only the very last line has no newline at its end.
                    self._cut = True
                    break
                self._bad_lines += 1
                self._first_bad = self._first_bad or number
            if number % SLICE == 0:
                yield events
                events = []
        yield events

    def _document(self) -> Iterator[list[LogEvent]]:
        text = ""
        parts: list[str] = []
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        held = 0
        for data in self._parts():
            parts.append(decode(data))
            held += len(parts[-1])
            if held > _MOST_DOCUMENT:
                raise self._error(
                    "it is one JSON document of more than 256 MB",
                    f"Make lines of it: jq -c '.events[]' {self.name}.",
                )
            yield []
        text = "".join(parts).removeprefix("\ufeff")
        begins = _DOCUMENT.match(text)
        if begins is None:
            return
        events: list[LogEvent] = []
        try:
            for number, value in enumerate(elements(text, begins.end()), 1):
                try:
                    events.append(self._records.element(value))
                except NO_EVENT:
                    self._bad_lines += 1
                    self._first_bad = self._first_bad or number
                if len(events) >= SLICE:
                    yield events
                    events = []
        except (ValueError, RecursionError):
            self._cut = True
        yield events

    def _text_lines(self) -> Iterator[list[LogEvent]]:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        rest = ""
        for data in self._parts():
            for at in range(0, len(data), _TEXT_PART):
                text = rest + decode(data[at : at + _TEXT_PART])
                *lines, rest = text.removeprefix("\ufeff").split("\n")
                if len(rest) > _MOST_LINE:
                    lines, rest = [*lines, rest], ""
                yield self._text.lines([line.removesuffix("\r") for line in lines])
        last = [rest.removesuffix("\r")] if rest else []
        yield self._text.lines(last) + self._text.finish()

    def _tell(self) -> None:
        """Note what was wrong with it."""
        what, number = ("lines", "line") if self._form is _Form.LINES else ("entries", "number")
        if self._unpacker.problem:
            self.notes.append(
                f"{self.name} is shown up to where it can be read: {self._unpacker.problem}."
            )
        if self._cut or self._unpacker.cut:
            self.notes.append(f"{self.name} ends in the middle: it was cut off there.")
        if self._bad_lines == 1:
            self.notes.append(
                f"{self.name}: {number} {self._first_bad} is no event and was left out."
            )
        elif self._bad_lines:
            self.notes.append(
                f"{self.name}: {self._bad_lines:,} {what} are no events and were left out,"
                f" the first is {number} {self._first_bad}."
            )

    def _error(self, reason: str, hint: str = "") -> TargetError:
        return TargetError(f"{self.name} cannot be opened: {reason}.", hint)


@contextmanager
def opened(paths: tuple[str, ...], sources: Sources) -> Iterator[list[RecordedFile]]:
    """All these files, each looked at so far that it is known what it holds; closed at the end.

    Raises:
        TargetError: one of them cannot be read, or holds no events.
    """
    with ExitStack() as files:
        yield [
            files.enter_context(closing(RecordedFile(path, sources)))
            for path in dict.fromkeys(paths)
        ]


def _target_name(name: str) -> str:
    """What the target of a file's events is called: the file, without what tells its form."""
    path = Path(name)
    while path.suffix.lower() in _SUFFIXES:
        path = path.with_suffix("")
    return path.name


def _reason(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
