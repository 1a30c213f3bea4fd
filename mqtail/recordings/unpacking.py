"""The bytes of a file, unpacked where it is compressed, however it ends."""

from __future__ import annotations

import zlib
from typing import BinaryIO

GZIP = b"\x1f\x8b"
"""How a gzip file begins."""

_RAW = 65_536
_UNPACKED = 131_072
"""Bytes that are given at once at the most."""
_GZIP_BITS = 31


class Unpacker:
    """Gives the bytes of a file part by part, those of gzip members unpacked.

    Args:
        file: the file, at its beginning.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.position = 0
        """Bytes of the file read so far."""
        self.member = 0
        """Where the gzip member begins that the last part came from, in bytes."""
        self.cut = False
        """Compressed data ended in the middle, as it does when the writer was killed."""
        self.problem = ""
        """Why the file cannot be read any further, in a few words; empty where it can."""
        self._file = file
        self._pending = self._raw()
        self._inflate = zlib.decompressobj(_GZIP_BITS) if self._pending.startswith(GZIP) else None

    def read(self) -> bytes:
        """The next part; empty at the end, or where a problem is met."""
        if self.problem:
            return b""
        if self._inflate is None:
            data, self._pending = self._pending or self._raw(), b""
            return data
        try:
            return self._unpacked(self._inflate)
        except zlib.error:
            self.problem = "its compressed data is damaged"
            return b""

    def _unpacked(self, inflate: zlib._Decompress) -> bytes:
        while True:
            if not self._pending:
                self._pending = self._raw()
            if not self._pending:
                data = b"" if inflate.eof else inflate.flush()
                self.cut = not (inflate.eof or data or self.problem)
                return data
            if inflate.eof:
                # The next member; recordings have many.
                self.member = self.position - len(self._pending)
                inflate = self._inflate = zlib.decompressobj(_GZIP_BITS)
            data = inflate.decompress(self._pending, _UNPACKED)
            self._pending = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            if data:
                return data

    def _raw(self) -> bytes:
        try:
            data = self._file.read(_RAW)
        except OSError as error:
            self.problem = error.strerror or type(error).__name__
            return b""
        self.position += len(data)
        return data
