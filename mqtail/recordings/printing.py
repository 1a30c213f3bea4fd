"""Recordings as lines: what `mqtail open` writes into a pipe, a file or a plain terminal."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import BinaryIO

from mqtail.errors import TargetError
from mqtail.events import LogEvent, Source
from mqtail.pipe import CHUNK, Formatted
from mqtail.recordings.files import RecordedFile
from mqtail.recordings.ordered import in_order
from mqtail.settings import Settings
from mqtail.stdio import discard_stdout, notice, unwritable
from mqtail.store import Predicate

MakeLine = Callable[[tuple[str, ...]], Formatted]
"""Gives what makes lines of events of these targets."""


def print_recordings(
    files: list[RecordedFile],
    sources: list[Source],
    settings: Settings,
    wanted: Predicate,
    make_line: MakeLine,
) -> None:
    """Write the wanted events of files to stdout, in time order, each once.

    What is wrong with a file is told on stderr.

    Args:
        files: what is read.
        sources: of all their events, by their index.
        settings: what was asked for: `buffer` events are held in memory, `lines` shown at the most.
        wanted: which events.
        make_line: makes the lines.

    Raises:
        TargetError: no file has any event.
        BrokenPipeError: nobody reads stdout any more.
        MqtailError: stdout, or the disk, takes no more.
    """
    events: Iterable[LogEvent] = in_order(_read(files, wanted), sources, settings.buffer)
    if settings.lines is not None:
        events = deque(events, maxlen=settings.lines)
    _write(iter(events), lambda: make_line(_targets(sources)), sys.stdout.buffer)


def _read(files: list[RecordedFile], wanted: Predicate) -> Iterator[list[LogEvent]]:
    errors: list[TargetError] = []
    for file in files:
        try:
            for events in file.events():
                yield [event for event in events if wanted(event)]
        except TargetError as error:
            errors.append(error)
            if len(errors) == len(files):
                raise errors[0] from None
            notice(error.message, error.hint)
        for note in file.notes:
            notice(note)


def _targets(sources: list[Source]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source.target for source in sources))


def _write(
    events: Iterator[LogEvent], make_line: Callable[[], Formatted], stream: BinaryIO
) -> None:
    line: Formatted | None = None
    while chunk := list(islice(events, CHUNK)):
        # The targets are known once there are events.
        line = line or make_line()
        try:
            stream.write(b"".join(map(line, chunk)))
            stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            discard_stdout()
            raise unwritable("The events", error) from error
