"""Decompressing as a stream, told by content: names and settings may say something else."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from mqtail.sources.objects import snappy
from mqtail.sources.objects.problems import Damage
from mqtail.sources.objects.source import Source

OUT = 32 * 1024
"""Bytes of a decompressed chunk at the most: what is worked on before others get their turn."""

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
_ZIP_REST = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06")
_ZIP_DESCRIPTOR = b"PK\x07\x08"
_ZIP64 = 0xFFFF_FFFF
_RAW_DEFLATE, _GZIP_DEFLATE = -15, 31

_OTHERS = {
    b"PAR1": "Parquet",
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
}
"""What is recognised and not read."""

_MOST_LAYERS = 2
"""CloudWatch Logs compresses what it gives to Firehose, which may compress it once more."""

Chunks = AsyncGenerator[bytes, None]


async def unpacked(chunks: AsyncIterator[bytes]) -> Chunks:
    """The decompressed bytes of an object, at most `OUT` at a time; other tasks run in between.

    Everything that stands before a damage is given before it is raised.

    Raises:
        Damage: the data is cut off or corrupt, or of a kind that is not read.
    """
    async for chunk in _layer(Source(chunks), _MOST_LAYERS):
        yield chunk
        await asyncio.sleep(0)


async def _layer(data: Source, layers: int) -> Chunks:
    decode = await _decoder(data)
    if decode is None:
        async for chunk in data.chunks(OUT):
            yield chunk
    elif layers == 1:
        async for chunk in decode(data):
            yield chunk
    else:
        inner = Source(decode(data))
        deeper = await inner.peek(len(GZIP)) == GZIP
        async for chunk in _layer(inner, layers - 1) if deeper else inner.chunks(OUT):
            yield chunk


async def _decoder(data: Source) -> Callable[[Source], Chunks] | None:
    """What decompresses the data; None: it is not compressed.

    Raises:
        Damage: it is of a kind that is not read.
    """
    head = await data.peek(snappy.HEAD)
    if head.startswith(GZIP):
        return _gzip
    if head.startswith(ZIP):
        return _zip
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise Damage(f"it is {name}, which is not read")
    decode = snappy.decoder(head)
    return None if decode is None else lambda data: decode(data, OUT)


async def _gzip(data: Source) -> Chunks:
    """gzip, of any number of members; zeros may follow the last."""
    while True:
        async for chunk in _inflated(data, _GZIP_DEFLATE):
            yield chunk
        head = await data.peek(len(GZIP))
        if head == GZIP:
            continue
        async for rest in data.chunks(OUT):
            if rest.strip(b"\0"):
                raise Damage("what follows its gzip data is none")
        return


async def _inflated(data: Source, form: int) -> Chunks:
    """One deflate stream."""
    inflater = zlib.decompressobj(form)
    while not inflater.eof:
        fed = inflater.unconsumed_tail or await data.some()
        before = inflater.copy()
        try:
            out = inflater.decompress(fed, OUT)
        except zlib.error:
            if out := _before_damage(before, fed):
                yield out
            raise Damage("its compressed data is damaged") from None
        if out:
            yield out
        elif not fed and not inflater.eof:
            raise Damage("it is cut off")
    data.give_back(inflater.unused_data)


def _before_damage(inflater: zlib._Decompress, fed: bytes) -> bytes:
    """What comes of the input up to its first byte that is wrong."""
    found = b""
    size = len(fed)
    while size and len(found) < OUT:
        trial = inflater.copy()
        try:
            found += trial.decompress(fed[:size], OUT - len(found))
        except zlib.error:
            if size == 1:
                break
        else:
            inflater, fed = trial, fed[size:]
        size = min(len(fed), (size + 1) // 2)
    return found


async def _zip(data: Source) -> Chunks:
    """The files of a ZIP archive, one after the other, by the headers before each."""
    while (head := await data.peek(4)) == ZIP:
        async for chunk in _zip_file(data):
            yield chunk
    if head not in _ZIP_REST:
        raise Damage("it is cut off" if len(head) < 4 else "its ZIP headers are damaged")


async def _zip_file(data: Source) -> Chunks:
    header = await data.take(30)
    (flags, method, checksum, packed, size, name, extra) = struct.unpack("<6xHH4xIIIHH", header)
    await data.take(name)
    extra_fields = await data.take(extra)
    if _ZIP64 in (packed, size):
        packed = _zip64_packed(extra_fields, size)
    described = bool(flags & 8)
    if flags & 1:
        raise Damage("its ZIP archive is encrypted")
    if method not in (0, 8) or (method == 0 and described and not packed):
        raise Damage(f"its ZIP archive has a file of method {method}, which is not read")
    found = 0
    async for chunk in _inflated(data, _RAW_DEFLATE) if method == 8 else data.part(packed, OUT):
        found = zlib.crc32(chunk, found)
        yield chunk
    if described:
        checksum = await _described_checksum(data)
    if found != checksum:
        raise Damage("the checksum of its ZIP archive is wrong")


def _zip64_packed(extra: bytes, size: int) -> int:
    """The length of a file's data from its ZIP64 field, which has the sizes that are too large."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == 1:
            at = 8 if size == _ZIP64 else 0
            if len(field) >= at + 8:
                return int.from_bytes(field[at : at + 8], "little")
    raise Damage("its ZIP headers are damaged")


async def _described_checksum(data: Source) -> int:
    """The checksum behind a file, in a record of 12 or 20 bytes that may have a mark before it."""
    if await data.peek(4) == _ZIP_DESCRIPTOR:
        await data.take(4)
    head = await data.peek(24)
    # The next header tells how long it is: sizes have four bytes each, or eight.
    short = head[12:16] in (ZIP, *_ZIP_REST) or len(head) < 24
    return int.from_bytes((await data.take(12 if short else 20))[:4], "little")
