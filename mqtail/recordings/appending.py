"""A recording on disk: lines are appended, and what was written can always be read."""

from __future__ import annotations

import os
import zlib
from contextlib import suppress

import msgspec

from mqtail.errors import UsageError
from mqtail.files import Unusable, open_alone
from mqtail.recordings.records import is_recorded
from mqtail.recordings.unpacking import GZIP, Unpacker

_GZIP_BITS = 31
_MEMBER = GZIP + b"\x08"
"""How a member of a gzip file begins."""
_LINE = b'{"timestamp":"'
"""How a line begins."""
_TAIL = 4_000_000
"""Bytes at the end of a compressed recording in which its last member begins."""
_BLOCK = 1_000_000
"""Bytes that are read at once to find where the last line begins."""
_HINT = "Name another file, or move this one away."


class RecordingFile:
    """Appends lines to a file that only its owner can read (0600).

    What is written at once is a part of its own: a file that ends with `.gz` gets a gzip member for
    each. A part that cannot be written whole is taken back. Killed at any moment, the process
    leaves whole lines and at most one that was cut off, the last (in a `.gz`, the end of the last
    part): reading passes it over, and the next run removes it before it goes on.

    Args:
        path: the file; it is made, or it is a recording that is to go on.

    Raises:
        UsageError: it cannot be written, is something else than a recording, or another mqtail is
            writing it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._packed = path.endswith(".gz")
        existed = os.path.lexists(path)
        try:
            self._descriptor = open_alone(path)
        except Unusable as error:
            raise self._error(error.reason, error.hint) from error
        try:
            self._length = os.fstat(self._descriptor).st_size
            if self._length:
                self._check()
        except OSError as error:
            os.close(self._descriptor)
            raise self._error(error.strerror or type(error).__name__) from error
        except BaseException:
            os.close(self._descriptor)
            raise
        self._made = not existed
        self._closed = False

    def write(self, lines: bytes) -> None:
        """Append lines; when this returns, the system has them.

        Raises:
            OSError: they cannot be written; the file is as it was before.
        """
        data = _packed(lines) if self._packed else lines
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            os.ftruncate(self._descriptor, self._length)
            raise
        self._length += len(data)

    def close(self) -> None:
        """Close the file; one that was made and has nothing in it is removed."""
        if self._closed:
            return
        self._closed = True
        if self._made and not self._length:
            with suppress(OSError):
                os.unlink(self.path)
        os.close(self._descriptor)

    def _check(self) -> None:
        """See that what is in it is a recording that can go on, and take away what was cut off."""
        with open(self.path, "rb") as file:
            packed = file.read(2) == GZIP
            if packed != self._packed:
                what = "compressed" if packed else "not compressed"
                raise self._error(
                    f"the recording in it is {what}",
                    "A name that ends with .gz stands for a compressed one.",
                )
            file.seek(0)
            unpacker = Unpacker(file)
            head = unpacker.read()
            while b"\n" not in head and len(head) < _TAIL and (more := unpacker.read()):
                head += more
            if not _is_recording(head):
                raise self._error("it holds something else than a recording", _HINT)
        if packed:
            self._mend_last_member()
        else:
            self._mend_last_line()

    def _mend_last_member(self) -> None:
        """Put a whole gzip member with the whole lines of one that was cut off in its place."""
        begin = max(0, self._length - _TAIL)
        tail = os.pread(self._descriptor, self._length - begin, begin)
        at = tail.rfind(_MEMBER)
        while at >= 0:
            if _is_member(tail[at:]):
                return
            at = tail.rfind(_MEMBER, 0, at)
        with open(self.path, "rb") as file:
            unpacker = Unpacker(file)
            member = 0
            parts: list[bytes] = []
            while data := unpacker.read():
                if unpacker.member != member:
                    member, parts = unpacker.member, []
                parts.append(data)
        if unpacker.problem:
            raise self._error(f"the recording in it cannot go on: {unpacker.problem}", _HINT)
        if not unpacker.cut:
            return
        rest = b"".join(parts) if unpacker.member == member else b""
        self._cut_to(unpacker.member)
        line = rest[rest.rfind(b"\n") + 1 :]
        if lines := rest + b"\n" if is_recorded(line) else rest.removesuffix(line):
            self.write(lines)

    def _mend_last_line(self) -> None:
        """End a last line that lacks nothing else, and remove one that was cut off."""
        end, rest = self._length, b""
        while end and b"\n" not in rest:
            begin = max(0, end - _BLOCK)
            rest = os.pread(self._descriptor, end - begin, begin) + rest
            end = begin
        line = rest[rest.rfind(b"\n") + 1 :]
        if not line:
            return
        if is_recorded(line):
            self.write(b"\n")
        else:
            self._cut_to(self._length - len(line))

    def _cut_to(self, length: int) -> None:
        os.ftruncate(self._descriptor, length)
        self._length = length

    def _error(self, reason: str, hint: str = "") -> UsageError:
        return UsageError(f"--record {self.path}: {reason}.", hint)


def _is_recording(head: bytes) -> bool:
    """Whether a file that begins so is a recording; its only line may have been cut off."""
    first, newline, _ = head.partition(b"\n")
    if newline or is_recorded(first):
        return is_recorded(first)
    try:
        msgspec.json.decode(first)
    except msgspec.DecodeError:
        return first[: len(_LINE)] == _LINE[: len(first)]
    return False


def _packed(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=_GZIP_BITS)
    return packer.compress(data) + packer.flush()


def _is_member(data: bytes) -> bool:
    """Whether these bytes are exactly one gzip member."""
    inflate = zlib.decompressobj(_GZIP_BITS)
    try:
        inflate.decompress(data)
    except zlib.error:
        return False
    return inflate.eof and not inflate.unused_data
