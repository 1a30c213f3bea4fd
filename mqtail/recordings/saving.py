"""Saving events to a file: JSON lines, text or raw, compressed or not, whole or not at all."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import stat
import zlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import BinaryIO

from mqtail.events import LogEvent
from mqtail.files import replacement
from mqtail.output import JsonFormatter, RawFormatter, TextFormatter

FORMS = {"json": ".jsonl", "text": ".txt", "raw": ".raw"}
"""What can be written, each with the ending of its files."""

_ENDINGS = {".jsonl": "json", ".json": "json", ".txt": "text", ".log": "text", ".raw": "raw"}
_SLICE = 500
"""Events that are made into lines before the event loop gets its turn."""
_GZIP_BITS = 31
_NOT_IN_NAMES = re.compile(r"[^\w.@-]+")

Progress = Callable[[int], None]
"""Gets the number of events that are written so far."""


def form_of(path: str) -> str:
    """What is written to a file of that name: `json`, `text` or `raw`; JSON where it tells none."""
    return _ENDINGS.get(Path(path.removesuffix(".gz")).suffix.lower(), "json")


def with_form(path: str, form: str, *, compressed: bool) -> str:
    """The name with the ending of another form.

    Args:
        path: a file's name.
        form: one of `FORMS`.
        compressed: whether it is to end with `.gz`.
    """
    stem = path.removesuffix(".gz")
    suffix = Path(stem).suffix
    if suffix.lower() in _ENDINGS:
        stem = stem.removesuffix(suffix)
    return f"{stem}{FORMS[form]}{'.gz' if compressed else ''}"


def suggested_name(targets: Sequence[str], now: int, zone: tzinfo) -> str:
    """A name for a file of events: `mqtail-orders-mq-2026-11-18-1105.jsonl`.

    Args:
        targets: whose events they are; several are not named.
        now: the time, ms since the epoch.
        zone: zone of the time in the name.
    """
    moment = datetime.fromtimestamp(now // 1000, zone)
    name = _NOT_IN_NAMES.sub("-", targets[0])[:60].strip("-.") if len(targets) == 1 else ""
    return f"mqtail-{name}{'-' if name else ''}{moment:%Y-%m-%d-%H%M}.jsonl"


async def save_events(
    events: Sequence[LogEvent], path: Path, zone: tzinfo, progress: Progress
) -> None:
    """Write events to a file that only its owner can read (0600), as its name says.

    A file of that name is replaced, once everything is written. When it fails or is cancelled,
    nothing has changed.

    Args:
        events: what to write, in that order; they are not changed meanwhile.
        path: the file.
        zone: time zone of text.
        progress: is told how far it got.

    Raises:
        OSError: it cannot be written.
    """
    target = _place_of(path)
    with replacement(target) as file:
        await _write(events, file, path, zone, progress)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())


def _place_of(path: Path) -> str:
    """Where the file is or will be: a link to it stays a link."""
    target = os.path.realpath(path)
    if os.path.lexists(target) and not stat.S_ISREG(os.stat(target).st_mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    return target


async def _write(
    events: Sequence[LogEvent], file: BinaryIO, path: Path, zone: tzinfo, progress: Progress
) -> None:
    line = await asyncio.to_thread(_line_of, form_of(path.name), events, zone)
    packer = zlib.compressobj(wbits=_GZIP_BITS) if path.name.endswith(".gz") else None
    for row in range(0, len(events), _SLICE):
        data = b"".join(map(line, events[row : row + _SLICE]))
        await asyncio.to_thread(_put, file, packer, data)
        progress(min(row + _SLICE, len(events)))
    if packer is not None:
        file.write(packer.flush())


def _put(file: BinaryIO, packer: zlib._Compress | None, data: bytes) -> None:
    file.write(packer.compress(data) if packer else data)


def _line_of(form: str, events: Sequence[LogEvent], zone: tzinfo) -> Callable[[LogEvent], bytes]:
    if form == "json":
        return JsonFormatter().line
    if form == "raw":
        raw = RawFormatter(clean=False).lines
        return lambda event: raw(event).encode()
    many = len({event.source.target for event in events}) > 1
    # No day is the present one: the date stands above the first event, too.
    text = TextFormatter(color=False, zone=zone, many_targets=many, width=None, today=date.min)
    return lambda event: text.lines(event).encode("utf-8", "replace")
