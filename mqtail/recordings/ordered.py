"""Any number of events in time order, in bounded memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from tempfile import TemporaryFile
from typing import BinaryIO

import msgspec

from mqtail.errors import MqtailError
from mqtail.events import LogEvent, Source, order_key, total_size
from mqtail.recordings.known import Known
from mqtail.store import text_limit

_CHUNK = 1_000
"""Events that are written to a temporary file, and read back, at once."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[LogEvent]).decode
_by_time = attrgetter("timestamp")
_by_arrival = attrgetter("timestamp", "ingested", "source.index")


def in_order(
    batches: Iterable[list[LogEvent]], sources: list[Source], most: int
) -> Iterator[LogEvent]:
    """Events in time order, each once.

    Args:
        batches: the events, in any order.
        sources: of all events, by their index; it may grow while the batches come.
        most: events that are held in memory, with the text of a buffer of so many; beyond that,
            temporary files hold them.

    Raises:
        MqtailError: they do not fit on the disk.
    """
    runs: list[BinaryIO] = []
    held: list[LogEvent] = []
    text, most_text = 0, text_limit(most)
    try:
        for events in batches:
            held += events
            text += total_size(events)
            if len(held) >= most or text >= most_text:
                held.sort(key=order_key)
                runs.append(_spilled(held))
                held, text = [], 0
        held.sort(key=order_key)
        parts = [*(_read_back(run, sources) for run in runs), iter(held)]
        for _, same_time in groupby(heapq.merge(*parts, key=_by_arrival), key=_by_time):
            # The same event has the same time in every recording.
            yield from Known().take(same_time)[0]
    finally:
        for run in runs:
            run.close()


def _spilled(events: list[LogEvent]) -> BinaryIO:
    """A temporary file with these events, that nobody else can open."""
    try:
        file: BinaryIO = TemporaryFile(prefix="mqtail-")  # noqa: SIM115  # closed by the caller
        for row in range(0, len(events), _CHUNK):
            data = _encode(events[row : row + _CHUNK])
            file.write(len(data).to_bytes(8, "big") + data)
        file.seek(0)
    except OSError as error:
        raise MqtailError(
            f"The events do not fit into temporary files: {error.strerror}.",
            "Name another directory for them in TMPDIR, choose fewer with --since, --until and -f,"
            " or hold more in memory with --buffer.",
        ) from error
    return file


def _read_back(file: BinaryIO, sources: list[Source]) -> Iterator[LogEvent]:
    while length := file.read(8):
        for event in _decode(file.read(int.from_bytes(length, "big"))):
            event.source = sources[event.source.index]
            yield event
