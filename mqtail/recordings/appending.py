"""A recording on disk: lines are appended, and what was written can always be read."""

from __future__ import annotations

import fcntl
import os
import stat
import zlib
from contextlib import suppress

from mqtail.errors import UsageError
from mqtail.recordings.records import is_recorded
from mqtail.recordings.unpacking import GZIP, Unpacker

_GZIP_BITS = 31
_MEMBER = GZIP + b"\x08"
"""How a member of a gzip file begins."""
_TAIL = 4_000_000
"""Bytes at the end of a compressed recording in which its last member begins."""
_HINT = "Name another file, or move this one away."


class RecordingFile:
    """Appends lines to a file that only its owner can read (0600).

    What is written at once is a part of its own: a file that ends with `.gz` gets a gzip member for
    each. A part that cannot be written whole is taken back.

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
        self._descriptor = self._opened()
        try:
            self._claim()
            self._length = os.fstat(self._descriptor).st_size
            if self._length:
                self._check()
                self._end_last_line()
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

    def _opened(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            return os.open(self.path, flags, 0o600)
        except IsADirectoryError:
            raise self._error("it is a directory", "Name a file in it.") from None
        except FileNotFoundError:
            folder = os.path.dirname(self.path) or "."
            raise self._error(f"there is no directory {folder}", "Make it first.") from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise self._error(reason or type(error).__name__) from error

    def _claim(self) -> None:
        """See that nobody else reads or writes it."""
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            raise self._error("it is no regular file")
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._error("another mqtail is recording to it", "Name another file.") from None
        except OSError:
            pass  # a file system without locks
        try:
            os.fchmod(self._descriptor, 0o600)
        except OSError as error:
            raise self._error(f"it cannot be made private ({error.strerror})", _HINT) from error

    def _check(self) -> None:
        """See that what is in it is a recording that can go on."""
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
            if not is_recorded(head.partition(b"\n")[0]):
                raise self._error("it holds something else than a recording", _HINT)
            if packed and not self._ends_whole():
                raise self._error("the recording in it was cut off", _HINT)

    def _ends_whole(self) -> bool:
        """Whether the last gzip member is complete, so that another can follow it."""
        begin = max(0, self._length - _TAIL)
        tail = os.pread(self._descriptor, self._length - begin, begin)
        at = tail.rfind(_MEMBER)
        while at >= 0:
            if _is_member(tail[at:]):
                return True
            at = tail.rfind(_MEMBER, 0, at)
        with open(self.path, "rb") as file:
            unpacker = Unpacker(file)
            while unpacker.read():
                pass
            return not (unpacker.cut or unpacker.problem)

    def _end_last_line(self) -> None:
        """Begin a line of its own after one that was cut off."""
        if not self._packed and os.pread(self._descriptor, 1, self._length - 1) != b"\n":
            try:
                self.write(b"\n")
            except OSError as error:
                raise self._error(error.strerror or type(error).__name__) from error

    def _error(self, reason: str, hint: str = "") -> UsageError:
        return UsageError(f"--record {self.path}: {reason}.", hint)


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
