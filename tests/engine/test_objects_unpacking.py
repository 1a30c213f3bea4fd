"""Decompression by content, in any chunking, up to the last byte before a damage."""

from __future__ import annotations

import asyncio
import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqtail.sources.objects import snappy
from mqtail.sources.objects.problems import Damage
from mqtail.sources.objects.unpacking import OUT, unpacked

LINE = b"[2026-11-21 10:00:00,123] INFO [Log partition=t-%d] Rolled (kafka.log.Log)\n"
TEXT = b"".join(LINE % number for number in range(3_000))
"""Some 200 KB: more than one chunk of any kind."""


def zipped(*texts: bytes, method: int = zipfile.ZIP_DEFLATED, streamed: bool = False) -> bytes:
    """A ZIP archive, with sizes before each file or (`streamed`, as Java writes it) behind it."""
    archive = io.BytesIO()
    target = _Unseekable(archive) if streamed else archive
    with zipfile.ZipFile(target, "w", method) as writer:
        for number, text in enumerate(texts):
            writer.writestr(f"{number}.log", text)
    return archive.getvalue()


class _Unseekable(io.RawIOBase):
    """A target that a ZIP archive can only be appended to."""

    def __init__(self, target: io.BytesIO) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self._target.write(data)  # type: ignore[arg-type]

    def flush(self) -> None:
        pass


def raw(text: bytes) -> bytes:
    """A raw Snappy block."""
    return bytes(cramjam.snappy.compress_raw(text))


def framed(text: bytes) -> bytes:
    """Snappy in frames."""
    return bytes(cramjam.snappy.compress(text))


def hadoop(text: bytes, block: int = 100_000, part: int = 40_000) -> bytes:
    """Snappy as Hadoop writes it: blocks of several raw blocks."""
    out = b""
    for at in range(0, len(text), block):
        whole = text[at : at + block]
        out += struct.pack(">I", len(whole))
        for begin in range(0, len(whole), part):
            packed = raw(whole[begin : begin + part])
            out += struct.pack(">I", len(packed)) + packed
    return out


def java(text: bytes) -> bytes:
    """Snappy as snappy-java writes it."""
    out = b"\x82SNAPPY\0" + struct.pack(">II", 1, 1)
    for at in range(0, len(text), 32_768):
        packed = raw(text[at : at + 32_768])
        out += struct.pack(">I", len(packed)) + packed
    return out


def members(text: bytes) -> bytes:
    """gzip of several members, one of them empty, and padding."""
    half = len(text) // 2
    parts = (text[:half], b"", text[half:])
    return b"".join(map(gzip.compress, parts)) + b"\0" * 700


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": bytes,
    "gzip": gzip.compress,
    "gzip with a name": lambda text: _named_gzip(text),
    "gzip members": members,
    "gzip in gzip": lambda text: gzip.compress(members(text)),
    "zip": zipped,
    "zip stored": lambda text: zipped(text, method=zipfile.ZIP_STORED),
    "zip streamed": lambda text: zipped(text, streamed=True),
    "zip of several": lambda text: zipped(text[:1000], b"", text[1000:], streamed=True),
    "snappy frames": framed,
    "snappy raw": raw,
    "snappy of hadoop": hadoop,
    "snappy of java": java,
}


def _named_gzip(text: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile("broker.log", "wb", fileobj=out) as writer:
        writer.write(text)
    return out.getvalue()


WHOLE_ANYWHERE = ("nothing", "gzip members")
"""Cut off between two parts, these are whole."""


async def chunks(data: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    """Data cut at these places."""
    for begin, end in pairwise(sorted({0, *cuts, len(data)})):
        yield data[begin:end]


def unpack(data: bytes, cuts: list[int] | None = None) -> tuple[bytes, str]:
    """What comes of data, and why it was not all."""

    async def run() -> tuple[bytes, str]:
        found = b""
        try:
            async for chunk in unpacked(chunks(data, cuts or [])):
                assert 0 < len(chunk) <= OUT
                found += chunk
        except Damage as damage:
            return found, str(damage)
        return found, ""

    return asyncio.run(run())


@pytest.mark.parametrize("packer", PACKERS)
@settings(max_examples=20, deadline=None)
@given(st.integers(100, 60_000), st.randoms(use_true_random=False))
def test_every_compression_in_any_chunking(packer: str, size: int, chance: random.Random) -> None:
    """The content tells how it is compressed, wherever the network cuts it."""
    text = TEXT[: chance.randrange(1, len(TEXT))] if chance.random() < 0.5 else TEXT
    packed = PACKERS[packer](text)
    cuts = list(range(chance.randrange(size), len(packed), size))
    assert unpack(packed, cuts) == (text, "")


@pytest.mark.parametrize("packer", PACKERS)
def test_byte_by_byte(packer: str) -> None:
    """No header may be taken for another because it came in parts."""
    text = TEXT[:2_000]
    packed = PACKERS[packer](text)
    assert unpack(packed, list(range(len(packed)))) == (text, "")


@pytest.mark.parametrize("packer", [name for name in PACKERS if name not in WHOLE_ANYWHERE])
@settings(max_examples=50, deadline=None)
@given(st.floats(0, 0.999))
def test_what_is_cut_off_is_said_and_nothing_before_it_is_lost(packer: str, share: float) -> None:
    """Wherever it is cut, what comes is the beginning of the text."""
    packed = PACKERS[packer](TEXT)
    found, problem = unpack(packed[: max(24, int(share * len(packed)))])
    assert TEXT.startswith(found)
    assert problem or found == TEXT


@pytest.mark.parametrize("packer", ["gzip", "zip", "zip streamed", "snappy frames"])
@settings(deadline=None)
@given(st.integers(30, 10_000), st.integers(0, 7))
def test_a_flipped_bit_is_found(packer: str, at: int, bit: int) -> None:
    """Checksums tell that it is damaged, and what came before was given."""
    packed = bytearray(PACKERS[packer](TEXT))
    last = {"gzip": 8, "zip": 120, "zip streamed": 120}.get(packer, 0)
    if packer == "snappy frames":
        # With its first bit set a chunk is one to be skipped (Snappy framing format, 4.6).
        bit %= 7
    # A ZIP archive's file name ends at 35: nothing guards that.
    packed[at % (len(packed) - 44 - last) + 36] ^= 1 << bit
    assert unpack(bytes(packed))[1]


def test_all_that_stands_before_a_damage_comes() -> None:
    """To the byte: as much as inflating byte by byte gives."""
    packed = bytearray(gzip.compress(TEXT))
    middle = len(packed) // 2
    packed[middle:] = random.Random(3).randbytes(len(packed) - middle)
    inflater, best = zlib.decompressobj(31), b""
    try:
        for byte in packed:
            best += inflater.decompress(bytes([byte]))
    except zlib.error:
        pass
    assert unpack(bytes(packed)) == (best, "its compressed data is damaged")
    assert len(best) > 10_000


def test_a_wrong_checksum_loses_nothing() -> None:
    """All of the text is there, and the damage is told."""
    packed = bytearray(gzip.compress(TEXT))
    packed[-5] ^= 1
    assert unpack(bytes(packed)) == (TEXT, "its compressed data is damaged")


@pytest.mark.parametrize("garbage", [b"\0\0x", b"x" * 9, gzip.compress(b"y", mtime=0)[:5]])
def test_garbage_behind_gzip_is_told(garbage: bytes) -> None:
    """It may have been log lines."""
    found, problem = unpack(gzip.compress(TEXT) + garbage)
    assert found == TEXT
    assert problem


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"PAR1" + b"\0" * 90, "Parquet"), (b"ORC" + b"\0" * 90, "ORC"), (b"BZh91AY&SY", "bzip2")],
)
def test_what_is_not_read_is_named(data: bytes, name: str) -> None:
    """Firehose can be told to convert to formats that are no logs any more."""
    found, problem = unpack(data)
    assert found == b""
    assert name in problem


def test_encrypted_and_unknown_zip() -> None:
    """Named as such, rather than shown as garbage."""
    packed = bytearray(zipped(TEXT))
    packed[6] |= 1
    assert "encrypted" in unpack(bytes(packed))[1]
    packed = bytearray(zipped(TEXT))
    packed[8] = 12
    assert "method 12" in unpack(bytes(packed))[1]


def test_zip64_sizes() -> None:
    """A stored file whose size stands in the extra field."""
    text = TEXT[:500]
    sizes = struct.pack("<HHQQ", 1, 16, len(text), len(text))
    extra = struct.pack("<HH4s", 0x5455, 4, b"time") + sizes
    header = struct.pack(
        "<4sHHHHHIIIHH", b"PK\x03\x04", 45, 0, 0, 0, 0, zlib.crc32(text), 2**32 - 1, 2**32 - 1, 1,
        len(extra),
    )  # fmt: skip
    end = b"PK\x05\x06" + b"\0" * 18
    assert unpack(header + b"x" + extra + text + end) == (text, "")


def test_a_bomb_never_sits_in_memory() -> None:
    """A hundred megabytes of zeros come in small chunks, which the reading may stop after any."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(b"\0" * 2**20) for _ in range(100)) + packer.flush()

    async def first() -> int:
        async for chunk in unpacked(chunks(packed, [])):
            return len(chunk)
        return 0

    assert asyncio.run(first()) <= OUT


def test_a_snappy_block_that_claims_too_much_is_not_believed() -> None:
    """Its length is what it says, not what memory there is."""
    huge = b"\xff\xff\xff\xff\x0f\xf0\x7f" + b"a" * 600
    for data in (b"\x82SNAPPY\0" + b"\0" * 8 + struct.pack(">I", len(huge)) + huge, huge):
        found, problem = unpack(data)
        assert problem or found == data
    assert snappy.MOST_RAW < 2**32


@pytest.mark.parametrize(
    "text",
    [
        b"[2026-11-21 10:00:00,123] INFO x (y)\n",
        b'{"message": "x"}',
        b"\n\n",
        b"x",
        b"\0\0\0\0\0\0\0\0\0\0\0\0[2026-11-21 10:00:00,123] INFO x (y)\n",
        "äöü ßßß: größer als 128 Zeichen ".encode() * 9,
        "€uro".encode(),
        b"\xef\xbb\xbf{}",
        b"\x1b[31mred\x1b[0m",
        b"\x1f",
        b"PK",
        b"",
    ],
)
def test_text_is_left_alone(text: bytes) -> None:
    """Whatever it begins with."""
    assert unpack(text) == (text, "")


@settings(deadline=None)
@given(st.binary(max_size=3_000))
def test_any_bytes_give_text_or_a_reason(data: bytes) -> None:
    """No other error ever comes out."""
    unpack(data)


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(sorted(PACKERS)), st.integers(0, 400))
def test_any_damage_gives_text_or_a_reason(junk: bytes, packer: str, at: int) -> None:
    """Headers, lengths and checksums of any value."""
    packed = PACKERS[packer](TEXT[:3_000])
    at %= len(packed)
    unpack(packed[:at] + junk + packed[at + len(junk) :])


async def test_others_get_their_turn() -> None:
    """Between two chunks, also where nothing has to be waited for."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    got = 0
    async for _ in unpacked(chunks(gzip.compress(b"x" * (50 * OUT)), [])):
        got += 1
    counting.cancel()
    assert turns >= got >= 50
