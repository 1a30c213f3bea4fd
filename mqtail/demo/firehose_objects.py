"""The objects that Firehose writes into S3: their keys and their compression."""

from __future__ import annotations

import gzip
import io
import re
from datetime import UTC, datetime
from typing import Literal, TypedDict
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

Compression = Literal["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"]

EXTENSIONS: dict[Compression, str] = {
    "UNCOMPRESSED": "",
    "GZIP": ".gz",
    "ZIP": ".zip",
    "Snappy": ".snappy",
    "HADOOP_SNAPPY": ".hsnappy",
}
"""What keys end in, unless a stream has an extension of its own."""

_EXPRESSION = re.compile(r"!\{(\w[\w-]*):([^}]*)\}")
_TIME_PARTS = {
    "yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S",
}  # fmt: skip
_TIME_PART = re.compile("|".join(_TIME_PARTS))


class S3Settings(TypedDict, total=False):
    """How a stream writes into a bucket; only the bucket is required."""

    bucket: str
    prefix: str
    error_prefix: str
    compression: Compression
    """`UNCOMPRESSED` unless told otherwise."""
    time_zone: str
    """Of the timestamps in the prefix; `UTC` unless told otherwise."""
    file_extension: str
    kms_key: str
    delimiter: bool
    """A newline follows each record (processor AppendDelimiterToRecord)."""
    parquet: bool
    """Records are converted to Parquet."""
    partitioned: bool
    """Dynamic partitioning is on."""


def object_key(stream: str, settings: S3Settings, arrived: int, identifier: str) -> str:
    """The key of an object whose first record arrived at a time (ms).

    A prefix without a timestamp gets `yyyy/MM/dd/HH/` appended (Firehose developer guide, custom
    prefixes). Of the expressions, timestamp and firehose:random-string are known.
    """
    moment = datetime.fromtimestamp(arrived // 1000, UTC)
    there = moment.astimezone(ZoneInfo(settings.get("time_zone", "UTC")))
    prefix = settings.get("prefix", "")
    if "!{timestamp:" not in prefix:
        prefix += "!{timestamp:yyyy/MM/dd/HH/}"

    def evaluate(found: re.Match[str]) -> str:
        if found[1] == "timestamp":
            written = _TIME_PART.sub(lambda part: there.strftime(_TIME_PARTS[part[0]]), found[2])
            return written.replace("'", "")
        return identifier.replace("-", "")[:11]

    compression = settings.get("compression", "UNCOMPRESSED")
    ending = settings.get("file_extension") or EXTENSIONS[compression]
    name = f"{stream}-1-{moment:%Y-%m-%d-%H-%M-%S}-{identifier}{ending}"
    return _EXPRESSION.sub(evaluate, prefix) + name


def compressed(text: bytes, compression: Compression) -> bytes:
    """A text as it is stored.

    Raises:
        ValueError: the compression is neither none nor GZIP nor ZIP.
    """
    if compression == "UNCOMPRESSED":
        return text
    if compression == "GZIP":
        return gzip.compress(text, mtime=0)
    if compression == "ZIP":
        archive = io.BytesIO()
        with ZipFile(archive, "w", ZIP_DEFLATED) as file:
            file.writestr("records", text)
        return archive.getvalue()
    raise ValueError(f"Objects in {compression} are not made here.")
