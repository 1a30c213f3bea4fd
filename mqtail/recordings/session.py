"""Recordings as a session: read into the store of the UI, as a tail is."""

from __future__ import annotations

import asyncio

from mqtail.clock import wall_clock_ms
from mqtail.errors import TargetError
from mqtail.events import LogEvent, Source, by_source
from mqtail.recordings.files import RecordedFile
from mqtail.recordings.known import Known
from mqtail.settings import Settings
from mqtail.status import OlderHistory, OlderState, ReaderStatus, State, StreamStatus
from mqtail.store import Predicate, Store
from mqtail.targets import Target

TURN_S = 0.015
"""How long events are read before the event loop gets its turn."""


class RecordedSession:
    """Reads recordings to their end, the newest events into the buffer.

    Args:
        files: what is read, one after the other; each event has its place by its time.
        settings: what was asked for.
        wanted: which events are read at all.
    """

    def __init__(self, files: list[RecordedFile], settings: Settings, wanted: Predicate) -> None:
        self.store = Store(settings.buffer)
        self.targets: list[Target] = []
        self.readers: list[ReaderStatus] = []
        self.notes: list[str] = []
        self.older = OlderHistory(OlderState.COMPLETE)
        self.phase = "reading"
        self.progress: float | None = None
        """How much of the files has been read, 0 to 1; None: nothing is left, or nobody knows."""
        self._files = files
        self._settings = settings
        self._wanted = wanted
        self._known = Known()
        self._streams: dict[int, StreamStatus] = {}
        """By the index of their source."""
        self._by_log: dict[tuple[str, str, str], ReaderStatus] = {}
        self._left_out = 0

    @property
    def now(self) -> int:
        """This machine's time, ms since the epoch."""
        return wall_clock_ms()

    async def run(self) -> None:
        """Read everything.

        Raises:
            TargetError: no file has any event.
        """
        errors: list[TargetError] = []
        for file in self._files:
            try:
                await self._read(file)
            except TargetError as error:
                errors.append(error)
                self.notes.append(error.message)
            self.notes += file.notes
        if errors and len(errors) == len(self._files):
            raise errors[0]
        self._finish()

    def read_now(self) -> None:
        """Nothing: there is nothing that could arrive."""

    def read_also(self, status: ReaderStatus) -> None:
        """Nothing: everything is read."""

    def read_older(self) -> None:
        """Nothing: everything is read."""

    async def _read(self, file: RecordedFile) -> None:
        time = asyncio.get_running_loop().time
        turn_ends = time() + TURN_S
        for events in file.events():
            self._take(events)
            if time() >= turn_ends:
                self._tell_progress()
                await asyncio.sleep(0)
                turn_ends = time() + TURN_S

    def _take(self, events: list[LogEvent]) -> None:
        wanted = self._wanted
        chosen = [event for event in events if wanted(event)]
        self._left_out += len(events) - len(chosen)
        new, grown = self._known.take(chosen)
        for index, of_source in by_source(new).items():
            source = of_source[0].source
            stream = self._streams.get(index) or self._new_stream(source)
            stream.count(of_source)
            self._reader(source).late += sum(event.late for event in of_source)
        self._known.forget(self.store.add(new))
        self.store.grown(grown)

    def _new_stream(self, source: Source) -> StreamStatus:
        stream = self._streams[source.index] = StreamStatus(source)
        reader = self._reader(source)
        name = source.log_stream or source.instance or source.target
        if name in reader.streams:
            name = f"{source.target} {source.log_group} {name} {source.format}"
        reader.streams[name] = stream
        if source.service != "cloudtrail" and all(t.name != source.target for t in self.targets):
            self.targets.append(Target(source.target, source.service, ()))
        return stream

    def _reader(self, source: Source) -> ReaderStatus:
        """The reader that stands for a log in one place, as it was read from there."""
        # One reader has the API calls of all targets.
        target = "cloudtrail" if source.service == "cloudtrail" else source.target
        name = (target, source.kind, source.destination)
        reader = self._by_log.get(name)
        if reader is None:
            reader = self._by_log[name] = ReaderStatus(
                target,
                source.service,
                source.kind,
                _place(source),
                source.destination,
                State.HISTORY,
                listed=True,
            )
            self.readers.append(reader)
        return reader

    def _tell_progress(self) -> None:
        if all(file.size for file in self._files):
            size = sum(file.size for file in self._files)
            self.progress = min(1.0, sum(file.position for file in self._files) / size)
            done = f"{self.progress:.0%} of the recording read"
        else:
            # Of what comes through a pipe nobody knows the end.
            done = f"{self.store.total:,} events of the recording read"
        for reader in self.readers:
            reader.reason = done

    def _finish(self) -> None:
        lines, capacity = self._settings.lines, self.store.capacity
        if lines is not None and lines <= capacity:
            self.store.keep_newest(lines)
        else:
            self.store.keep_newest(capacity)
            self._tell_dropped()
        if self._left_out:
            self.notes.append(
                f"{self._left_out:,} events were left out as the command line asks for"
                " (-i, -k, -l, -f, --since, --until)."
            )
        for reader in self.readers:
            reader.state, reader.reason = State.ENDED, ""
        self.progress, self.phase = None, "ended"

    def _tell_dropped(self) -> None:
        if self.store.dropped:
            self.notes.append(
                f"{self.store.dropped:,} older events were left out: the buffer holds the newest"
                f" {self.store.limit}. --buffer holds more; --since, --until and -f on the"
                " command line choose others."
            )


def _place(source: Source) -> str:
    """Where a log was read when it was recorded."""
    if source.service == "cloudtrail":
        return "CloudTrail"
    return source.log_group or (f"s3://{source.bucket}" if source.bucket else source.destination)
