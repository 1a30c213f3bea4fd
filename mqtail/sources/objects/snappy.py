"""The forms that Snappy data comes in: framed, in blocks (Hadoop, Java), or raw."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

import cramjam

from mqtail.sources.objects.problems import Damage
from mqtail.sources.objects.source import Source

HEAD = 512
"""Bytes of the beginning that tell the form."""

MOST_RAW = 128 * 1024 * 1024
"""A block without a frame has to be in memory whole: larger ones are not read (Firehose: buffers
are of 128 MB at the most)."""

_FRAMED = b"\xff\x06\x00\x00sNaPpY"
_JAVA = b"\x82SNAPPY\0"
_JAVA_HEADER = len(_JAVA) + 8
_STREAM, _COMPRESSED, _PLAIN = 0xFF, 0x00, 0x01
_FIRST_SKIPPABLE = 0x80
_MOST_FRAME = 1 << 18
_QUICK = 1 << 20
"""Blocks up to this size are decompressed at once, larger ones in a thread."""
_SHORT = 128
"""A raw block of less text than this begins with an ASCII character."""

Chunks = AsyncGenerator[bytes, None]
Decoder = Callable[[Source, int], Chunks]
"""Decompresses, at most so many bytes at a time."""


def decoder(head: bytes) -> Decoder | None:
    """What decompresses data that begins so (with `HEAD` bytes); None: it is no Snappy data."""
    if head.startswith(_FRAMED):
        return _framed
    if head.startswith(_JAVA):
        return _java
    if _is_hadoop(head):
        return _hadoop
    return _raw if _is_raw(head) else None


async def _framed(data: Source, most: int) -> Chunks:
    """Chunks of 64 KB with checksums (framing_format.txt)."""
    while head := await data.peek(4):
        if len(head) < 4:
            raise Damage("it is cut off")
        kind, length = head[0], int.from_bytes(head[1:], "little")
        if kind in (_COMPRESSED, _PLAIN) and length <= _MOST_FRAME:
            frame = await data.take(4 + length)
            block = _decompressed(cramjam.snappy.decompress, _FRAMED + frame)
            for at in range(0, len(block), most):
                yield bytes(block[at : at + most])
        elif kind >= _FIRST_SKIPPABLE:
            await data.take(4)
            async for _ in data.part(length, most):
                pass
        else:
            raise Damage("its Snappy frames are damaged")


async def _java(data: Source, most: int) -> Chunks:
    """Blocks of snappy-java: a header, then length (big-endian) and raw block in turn."""
    await data.take(_JAVA_HEADER)
    while await data.peek(1):
        async for part in _block(data, most):
            yield part


async def _hadoop(data: Source, most: int) -> Chunks:
    """Blocks of Hadoop: their length, then the length of each raw block in it and that block."""
    while await data.peek(1):
        left = int.from_bytes(await data.take(4), "big")
        while left > 0:
            async for part in _block(data, most):
                left -= len(part)
                yield part


async def _block(data: Source, most: int) -> Chunks:
    length = int.from_bytes(await data.take(4), "big")
    if not 0 < length <= MOST_RAW:
        raise Damage("its Snappy blocks are damaged")
    async for part in _raw_block(await data.take(length), most):
        yield part


async def _raw(data: Source, most: int) -> Chunks:
    """One raw block."""
    parts: list[bytes] = []
    size = 0
    async for part in data.chunks(most):
        parts.append(part)
        size += len(part)
        if size > MOST_RAW:
            raise Damage("it is one Snappy block, too large to be read")
    async for part in _raw_block(b"".join(parts), most):
        yield part


async def _raw_block(block: bytes, most: int) -> Chunks:
    size, _ = _length(block)
    if not 0 <= size <= MOST_RAW:
        raise Damage("it is one Snappy block, too large to be read")
    decompress = cramjam.snappy.decompress_raw
    if size <= _QUICK:
        found = _decompressed(decompress, block)
    else:
        found = await asyncio.to_thread(_decompressed, decompress, block)
    for at in range(0, len(found), most):
        yield bytes(found[at : at + most])


def _decompressed(decompress: Callable[[bytes], object], block: bytes) -> memoryview:
    try:
        return memoryview(decompress(block))  # type: ignore[arg-type]  # a buffer
    except cramjam.DecompressionError:
        raise Damage("its Snappy data is damaged") from None


def _length(block: bytes) -> tuple[int, int]:
    """Length of a raw block's text (a varint at its beginning), and that of the varint itself.

    The length is -1 where there is none.
    """
    value = 0
    for at, byte in enumerate(block[:5]):
        value |= (byte & 0x7F) << (7 * at)
        if byte < 0x80:
            return value, at + 1
    return -1, 0


def _begins_raw(block: bytes, most: int) -> bool:
    """Whether it can be the beginning of a raw block of at most `most` bytes of text.

    The first element must be a literal: there is nothing yet that could be repeated.
    """
    size, at = _length(block)
    if not 0 < size <= most or at >= len(block) or block[at] & 3:
        return False
    literal = block[at] >> 2
    if literal >= 60:
        literal = int.from_bytes(block[at + 1 : at + literal - 58], "little")
    return literal < size


def _is_hadoop(head: bytes) -> bool:
    if len(head) < 10:
        return False
    text, packed = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    return 0 < text <= MOST_RAW and 0 < packed <= MOST_RAW and _begins_raw(head[8:], text)


def _is_raw(head: bytes) -> bool:
    """Whether a raw block begins so, rather than text."""
    if not _begins_raw(head, MOST_RAW):
        return False
    if head[0] < _SHORT:
        # Text can begin so, too: it has to be a block to its end.
        try:
            cramjam.snappy.decompress_raw(head)
        except cramjam.DecompressionError:
            return False
        return len(head) < HEAD
    # A character can be cut off at the end.
    return any(byte < 9 or 13 < byte < 32 for byte in head) or not _is_utf_8(head)


def _is_utf_8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.end == len(head) and len(head) == HEAD
    return True
