"""Tailing into a pipe, a file or a plain terminal: lines on stdout, notices on stderr."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from mqtail.errors import MqtailError
from mqtail.stdio import (
    discard_stdout,
    is_coloured,
    is_gone,
    notice,
    tell,
    terminal_width,
    unwritable,
)
from mqtail.writing import Writer, to_the_end

if TYPE_CHECKING:
    from mqtail.engine import Tail
    from mqtail.events import LogEvent
    from mqtail.recordings.recorder import Recorder
    from mqtail.settings import Settings
    from mqtail.status import ReaderStatus

CHUNK = 2_000
"""Events that are written at once."""

GLANCE_S = 0.5
"""How often the readers' states, and whether anybody still reads the pipe, are looked at."""

STEADY_S = 60.0
"""How long a trouble that came back has to stay away until its end is told."""

Formatted = Callable[["LogEvent"], bytes]
"""The line of an event, newline included."""


def line_of(settings: Settings, *, terminal: bool) -> Formatted:
    """What makes lines of events, as `--output` says.

    Args:
        terminal: stdout is a terminal: colours, lines wrapped to its width, nothing raw.
    """
    from mqtail.output import JsonFormatter, RawFormatter, TextFormatter

    if settings.output == "json":
        return JsonFormatter().line
    lines: Callable[[LogEvent], str]
    if settings.output == "raw":
        lines = RawFormatter(clean=terminal).lines
    else:
        lines = TextFormatter(
            color=is_coloured(settings.color, terminal=terminal),
            zone=settings.timezone,
            many_targets=_many_targets(settings.targets),
            width=terminal_width(sys.stdout) if terminal else None,
        ).lines
    return lambda event: lines(event).encode("utf-8", "replace")


def _many_targets(names: tuple[str, ...]) -> bool:
    """Whether events of several targets may come."""
    from mqtail.targets import API_CALLS, is_pattern

    return len(names) != 1 or names[0] == API_CALLS or is_pattern(names[0])


class EventWriter(Writer):
    """Writes events, a line or several each.

    Args:
        stream: where to write.
        line: makes the line of an event.
    """

    def __init__(self, stream: BinaryIO, line: Formatted) -> None:
        super().__init__(stream)
        self._line = line

    async def show(self, events: list[LogEvent]) -> None:
        """Write events and flush. Cancelled, it writes them to the end nevertheless."""
        await to_the_end(self._show(events))

    async def _show(self, events: list[LogEvent]) -> None:
        for row in range(0, len(events), CHUNK):
            await self.write(b"".join(map(self._line, events[row : row + CHUNK])))

    def look(self) -> None:
        """Find out whether the reader of a pipe has gone, also while there is nothing to write."""
        if self.problem is None and is_gone(self.stream):
            self.problem = BrokenPipeError()


async def tail_into(
    tail: Tail,
    line: Formatted,
    stream: BinaryIO | None = None,
    *,
    recorder: Recorder | None = None,
) -> None:
    """Write what a tail reads until it ends, a signal ends it, or the pipe is closed.

    Everything read so far is written before it ends; a closed pipe is no error. How complete it is
    is told on stderr when SIGUSR1 or SIGINFO (Ctrl+T, where there is one) asks for it, and at the
    end if the settings do.

    Args:
        stream: where to write; None: stdout.
        recorder: gets every event, too.

    Raises:
        MqtailError: there is no such target, nothing of it can be read, or stdout takes no more
            for another reason than a closed pipe.
    """
    writer = EventWriter(stream or sys.stdout.buffer, line)
    told = _Told()

    async def show(events: list[LogEvent]) -> None:
        if recorder is not None:
            await recorder.take(events)
        await writer.show(events)

    reading = asyncio.create_task(tail.run_in_order(lambda events: to_the_end(show(events))))
    watching = asyncio.create_task(_watch(tail, told, writer, reading))
    with ended_by_signals(reading), told_by_signals(tail):
        try:
            await reading
        except asyncio.CancelledError:
            pass
        except MqtailError as error:
            error.told = error.message in told.sentences
            told.sentences.add(error.message)
            raise
        finally:
            watching.cancel()
            await asyncio.wait([watching])
            if writer.problem is not None and stream is None:
                discard_stdout()
            if tail.settings.summary:
                tell_summary(tail)
    if writer.problem is not None and not isinstance(writer.problem, BrokenPipeError):
        raise unwritable("The events", writer.problem)


@contextmanager
def ended_by_signals(task: asyncio.Task[Any], code: int = 0) -> Iterator[None]:
    """Have SIGINT, SIGTERM and SIGHUP cancel a task; a second one ends the program at once.

    SIGHUP, a terminal that goes away, stays ignored where it was, as under nohup.

    Args:
        code: the exit code then.
    """
    loop = asyncio.get_running_loop()
    asked = False

    def end() -> None:
        nonlocal asked
        if asked:
            os._exit(code)
        asked = True
        task.cancel()

    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


@contextmanager
def told_by_signals(tail: Tail) -> Iterator[None]:
    """Have SIGUSR1, and SIGINFO where there is one, tell on stderr what was read so far."""
    loop = asyncio.get_running_loop()
    names = ("SIGUSR1", "SIGINFO")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    for number in numbers:
        loop.add_signal_handler(number, tell_summary, tail)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
            # One that comes while the program ends is of no harm.
            signal.signal(number, signal.SIG_IGN)


def tell_summary(tail: Tail) -> None:
    """Tell on stderr what was read of each source: JSON lines beside JSON, else a table."""
    from mqtail.tail_summary import as_json, as_text

    settings = tail.settings
    if settings.output == "json":
        tell(as_json(tail.readers, tail.now))
    else:
        tell(as_text(tail.readers, tail.store, tail.now, settings.timezone))


async def _watch(tail: Tail, told: _Told, writer: EventWriter, reading: asyncio.Task[None]) -> None:
    """Tell news of a tail on stderr, and end it when its lines can no longer be written."""
    try:
        while True:
            told.tell_news(tail)
            writer.look()
            if writer.problem is not None:
                reading.cancel()
                return
            await asyncio.sleep(GLANCE_S)
    finally:
        told.tell_news(tail, last=True)


class _Told:
    """What has been told of a tail: its notes, the troubles of its readers, and their gaps."""

    def __init__(self) -> None:
        from mqtail.coverage import Gaps
        from mqtail.status import PassedOver

        self._notes = 0
        self._troubles: dict[int, _Trouble] = {}
        """By the number of the reader."""
        self._passed_over = PassedOver()
        self._gaps = Gaps()
        self.sentences: set[str] = set()
        """What is told, or will be, while it holds: it is not repeated for another log group."""

    def tell_news(self, tail: Tail, *, last: bool = False) -> None:
        """Tell new notes, readers that came into trouble or got out of it, and gaps that are over.

        Args:
            last: the tail has ended.
        """
        for note in tail.notes[self._notes :]:
            notice(note)
        self._notes = len(tail.notes)
        for number, status in enumerate(tail.readers):
            if news := self._passed_over.news(number, status):
                notice(news)
            self._tell_trouble(self._troubles.setdefault(number, _Trouble()), status)
        unsteady = {number for number, trouble in self._troubles.items() if trouble.comes_and_goes}
        zone = tail.settings.timezone
        for gap in self._gaps.news(tail.readers, tail.now, zone, wait_for=unsteady, last=last):
            notice(gap)

    def _tell_trouble(self, trouble: _Trouble, status: ReaderStatus) -> None:
        before = trouble.told
        if not trouble.is_news(status, asyncio.get_running_loop().time()):
            return
        self.sentences.discard(before)
        if not trouble.told:
            notice(f"{status.place}: reading again.")
        elif trouble.told not in self.sentences:
            self.sentences.add(trouble.told)
            notice(trouble.told, status.hint)


class _Trouble:
    """What has been told of one reader's trouble.

    One that comes back soon after it went is told a second time, with its end only once it has
    stayed away: throttling comes and goes every few seconds, for hours.
    """

    def __init__(self) -> None:
        self.told = ""
        """Why it does not read as it should; empty: that it does, or nothing yet."""
        self.comes_and_goes = False
        self._kind: object = None
        self._ended: tuple[object, float] = (None, 0.0)
        """What went last, and when it was there for the last time."""

    def is_news(self, status: ReaderStatus, now: float) -> bool:
        """Take a look at the reader (`now`: seconds of the loop): whether there is news to tell."""
        kind = _kind(status)
        if kind is not None:
            if kind == self._kind:
                self._ended = (kind, now)
                return False
            self.comes_and_goes = kind == self._ended[0] and now - self._ended[1] < STEADY_S
            self.told, self._kind, self._ended = status.reason, kind, (kind, now)
            return True
        if self._kind is None or (self.comes_and_goes and now - self._ended[1] < STEADY_S):
            return False
        self.told, self._kind, self.comes_and_goes = "", None, False
        return True


def _kind(status: ReaderStatus) -> object:
    """What is wrong with a reader, the same as long as it is the same; None: nothing.

    How long a round of one takes that is behind changes with every round.
    """
    from mqtail.status import State

    if status.state is State.BEHIND:
        return status.state
    is_told = status.state.troubled or status.state is State.WAITING
    return (status.reason or None) if is_told else None
