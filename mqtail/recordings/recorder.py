"""Recording while events come: each once, with all its lines, and off the event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from mqtail.events import LogEvent, size_of, total_size
from mqtail.output import JsonFormatter
from mqtail.recordings.appending import RecordingFile
from mqtail.redaction import error_text
from mqtail.store import Predicate, Store

HOLD_S = 5.0
"""How long an event waits for further lines, from its arrival and from the last of them on."""
MOST_HELD = 50_000
MOST_HELD_BYTES = 64_000_000
"""Events, and bytes of their text, that may wait so; beyond that the first are written."""
MOST_WAITING = 500_000
MOST_WAITING_BYTES = 512_000_000
"""Events, and bytes of their text, that may wait for the disk; with more the recording ends."""

logger = logging.getLogger(__name__)

_CHUNK = 500
"""Events that are written at once."""
_GATHER_S = 0.5
"""How long a few events wait for others to be written with them."""


class Recorder:
    """Writes events to a recording, in a thread of its own.

    It takes events in order as they are shown (`take`), or follows a store, where lines are joined
    to events after they were added: those wait until that is over, and nothing is joined any more
    to an event that was written. Use it as a context manager: at the end everything is written.

    A recording that cannot go on ends and says so; the rest of the program goes on.

    Args:
        file: where to write; it is closed at the end.
        wanted: which events.
        tell: gets a sentence when the recording had to end; called from any thread.
    """

    def __init__(
        self, file: RecordingFile, wanted: Predicate, tell: Callable[[str], object]
    ) -> None:
        self.path = file.path
        self.events = 0
        """Events in the recording that this run wrote."""
        self.problem = ""
        """Why it had to end, and how much it has, in one sentence; empty: it goes on."""
        self._file = file
        self._wanted = wanted
        self._tell = tell
        self._line = JsonFormatter().line
        self._held: dict[int, tuple[float, LogEvent, int]] = {}
        """By the event's identity: from when on it may be written (loop time), and the bytes of its
        text; the first is due first."""
        self._held_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: deque[LogEvent] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._write_all, name="recorder", daemon=True)

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def summary(self) -> str:
        """What became of it, in a sentence."""
        if self.problem:
            return self.problem
        if not self.events:
            return f"No events came: nothing was recorded in {self.path}."
        events = "1 event was" if self.events == 1 else f"{self.events:,} events were"
        return f"{events} recorded in {self.path}: `mqtail open` shows them."

    def follow(self, store: Store, notes: list[str]) -> None:
        """Record what a store gets from now on.

        Args:
            store: the store.
            notes: gets what is to be told from now on.
        """
        self._tell = notes.append
        store.watch(self)
        if not self.problem:
            notes.append(f"What is read is recorded in {self.path}.")

    async def take(self, events: list[LogEvent]) -> None:
        """Write events that nothing is joined to any more; waits while the disk is too slow."""
        self._pass_on(events)
        if not self._has_room():
            await asyncio.to_thread(self._wait_for_room)

    def added(self, events: list[LogEvent]) -> None:
        """Take events that lines may still be joined to."""
        if self.problem:
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + HOLD_S
        for event in events:
            self._hold(event, due)
        self._release(self._too_many())
        if self._timer is None and self._held:
            self._timer = loop.call_later(HOLD_S, self._release_due)

    def grown(self, events: list[LogEvent]) -> None:
        """Lines were joined to events: more may follow."""
        due = asyncio.get_running_loop().time() + HOLD_S
        for event in events:
            if held := self._held.pop(id(event), None):
                self._held_bytes -= held[2]
                self._hold(event, due)

    def close(self) -> None:
        """Write all there is, and close the file."""
        if self._timer is not None:
            self._timer.cancel()
        self._release(len(self._held))
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _hold(self, event: LogEvent, due: float) -> None:
        size = size_of(event)
        self._held[id(event)] = (due, event, size)
        self._held_bytes += size

    def _too_many(self) -> int:
        """How many of those that are held are too many."""
        count, left, excess = 0, len(self._held), self._held_bytes - MOST_HELD_BYTES
        for _, _, size in self._held.values():
            if left - count <= MOST_HELD and excess <= 0:
                break
            count += 1
            excess -= size
        return count

    def _release_due(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        count = 0
        for due, _, _ in self._held.values():
            if due > now:
                break
            count += 1
        self._release(count)
        self._timer = None
        if self._held:
            first = next(iter(self._held.values()))[0]
            self._timer = loop.call_later(max(0.05, first - now), self._release_due)

    def _release(self, count: int) -> None:
        """Pass on the first of those that are held."""
        first = list(islice(self._held, count))
        events = []
        for name in first:
            _, event, size = self._held.pop(name)
            self._held_bytes -= size
            event.closed = True
            events.append(event)
        self._pass_on(events)

    def _pass_on(self, events: list[LogEvent]) -> None:
        if self.problem:
            return
        wanted = [event for event in events if self._wanted(event)]
        with self._changed:
            self._waiting += wanted
            self._waiting_bytes += total_size(wanted)
            self._changed.notify_all()
        if len(self._waiting) > MOST_WAITING or self._waiting_bytes > MOST_WAITING_BYTES:
            self._end("the disk is too slow")

    def _write_all(self) -> None:
        """The thread: write what waits, until the end."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                self._changed.wait_for(self._has_chunk, _GATHER_S)
                chunk = [self._waiting.popleft() for _ in range(min(_CHUNK, len(self._waiting)))]
                self._waiting_bytes -= total_size(chunk)
                self._changed.notify_all()
            if chunk and not self.problem:
                self._write(chunk)
            elif not chunk:
                self._file.close()
                return

    def _wait_for_room(self) -> None:
        with self._changed:
            self._changed.wait_for(self._has_room)

    def _has_room(self) -> bool:
        return len(self._waiting) < MOST_HELD and self._waiting_bytes < MOST_HELD_BYTES

    def _has_chunk(self) -> bool:
        return self._closing or len(self._waiting) >= _CHUNK

    def _write(self, events: list[LogEvent]) -> None:
        try:
            self._file.write(b"".join(map(self._line, events)))
        except OSError as error:
            self._end(error.strerror or type(error).__name__)
            return
        except Exception as error:
            logger.exception("Recording ended")
            self._end(error_text(error))
            return
        self.events += len(events)

    def _end(self, reason: str) -> None:
        has = "nothing was written to it"
        if self.events:
            events = "event that was" if self.events == 1 else f"{self.events:,} events that were"
            has = f"it has the {events} read before"
        self.problem = f"The recording {self.path} ended: {reason}; {has}."
        with self._changed:
            self._waiting.clear()
            self._waiting_bytes = 0
            # Nobody waits for room any more.
            self._changed.notify_all()
        self._tell(self.problem)


@contextmanager
def recording(
    path: str | None, wanted: Predicate, tell: Callable[[str], object], *, sum_up: bool
) -> Iterator[Recorder | None]:
    """A recorder for a file, which is opened at once; None where there is no file.

    Args:
        path: the file; None: nothing is recorded.
        wanted: which events.
        tell: gets a sentence when the recording had to end; called from any thread.
        sum_up: tell at the end what became of it.

    Raises:
        UsageError: it cannot be recorded to this file.
    """
    if not path:
        yield None
        return
    recorder = Recorder(RecordingFile(path), wanted, tell)
    try:
        with recorder:
            yield recorder
    finally:
        if sum_up:
            tell(recorder.summary)
