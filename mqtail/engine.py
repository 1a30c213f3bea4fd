"""Runs the readers of all targets, into the store of the UI or in order into a pipe."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from itertools import count

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.failures import one_line
from mqtail.aws.signin import SignIn
from mqtail.clock import Clock
from mqtail.discovery import Discovery
from mqtail.errors import CredentialsError, MqtailError, first_error
from mqtail.filling import StoreFiller
from mqtail.finding import appearing, found
from mqtail.logs import Log
from mqtail.merging import Merger, Show
from mqtail.notes import Notes, noting_buffer
from mqtail.older import OlderReading
from mqtail.prospects import check_any, hopeless, missing_instances
from mqtail.pulse import feel_pulse
from mqtail.reader_log import readers_logged
from mqtail.selection import Selection, of_kind, select, without_events
from mqtail.settings import Settings
from mqtail.sources.lasting import LastingReader
from mqtail.sources.opening import reader_of
from mqtail.sources.reader import Orders, Reader, Surroundings
from mqtail.sources.retries import ReadFailed
from mqtail.sources.turns import Turns
from mqtail.status import OlderHistory, ReaderStatus, State
from mqtail.store import Predicate, Store
from mqtail.targets import Target

GLANCE_S = 0.2
"""How often to look whether any reader has got through, until one has."""

logger = logging.getLogger(__name__)

Read = Callable[[Reader], Awaitable[None]]
"""Runs one reader to its end."""


class Tail:
    """A tail of one or more targets.

    Args:
        settings: what the user asked for.
        sign_in: who and where we are; an attribute, too.
        wanted: which events `--lines` counts, and which are shown in order (`run_in_order`).
        clock: tells the time.
        notes: gets what a user should know, in the order in which it comes up.
        store: where the events go, whose notices go to `notes`; None: as `settings` ask for.

    Attributes:
        budget: what all requests to CloudWatch Logs wait for.
    """

    def __init__(
        self,
        settings: Settings,
        sign_in: SignIn,
        *,
        wanted: Predicate = lambda _: True,
        clock: Clock | None = None,
        notes: list[str] | None = None,
        store: Store | None = None,
    ) -> None:
        self.settings = settings
        self.budget = Budget(settings.max_requests)
        self.targets: list[Target] = []
        self.readers: list[ReaderStatus] = []
        """One for each log in each place, read or not; grows as logs are found."""
        self.notes: list[str] = Notes() if notes is None else notes
        self.phase = "finding targets"
        """`finding targets`, `waiting for a sign-in`, `reading`, `ended`."""
        self.sign_in = sign_in
        self._wanted = wanted
        self._clock = clock or Clock()
        self.store = noting_buffer(settings, self.notes, self._clock) if store is None else store
        self._started = 0
        self._readers: dict[str, Reader] = {}
        """By the identifier of the log, those that are not read (yet), too."""
        self._running: dict[str, Reader] = {}
        self._failed: dict[str, ReadFailed] = {}
        self._start: Callable[[Reader], None] | None = None
        self._older = OlderReading(self.store, self._clock, self._running.values)
        self.older: OlderHistory = self._older.status
        """How reading further back than the start stands."""
        self.progress: float | None = None
        """How much has been read: not known, nor how much there is."""
        self._tasks: asyncio.TaskGroup | None = None
        """What runs while the readers do."""
        self._clients: Clients | None = None
        self._turns = Turns()
        """Of looking for the targets."""
        self._last_step: asyncio.Task[None] | None = None
        self._open = asyncio.Lock()
        """Who has the clients open."""

    async def run(self) -> None:
        """Read into `store`, the newest first, until the end that was asked for or cancelled.

        Everything the targets have is read; `instances` and `kinds` of the settings are left to
        the views, so that they can be changed while it runs.

        Raises:
            MqtailError: there is no such target, or nothing of it can be read.
        """
        settings = self.settings
        filler = StoreFiller(self.store, self._older, wanted=self._wanted, lines=settings.lines)

        async def read(reader: Reader) -> None:
            await filler.read(reader, end=self._history_end(), follow=settings.follow)

        async with self._open, Clients(self.sign_in, self._clock) as clients, self._logged():
            discovery, around = await self._find(clients, limited=False)
            logs = select(self.targets, settings)
            self._clients = clients
            await self._read(logs, read, discovery, around)

    async def run_in_order(self, show: Show) -> None:
        """Give the wanted events to `show` in time order, those that came out of order marked late.

        Cancelled, it gives everything that was read so far before it ends.

        Raises:
            MqtailError: there is no such target, or nothing of it can be read.
        """
        settings = self.settings
        merger = Merger(
            show,
            wanted=self._wanted,
            pace=settings.pace,
            clock=self._clock,
            lines=settings.lines,
        )

        async def read(reader: Reader) -> None:
            await merger.read(reader, end=self._history_end(), follow=settings.follow)

        async with Clients(self.sign_in, self._clock) as clients, self._logged():
            discovery, around = await self._find(clients, limited=True)
            logs = select(self.targets, settings)
            check_any(self.targets, logs, settings, self.notes)
            merger.expect({log.identifier for log in (*logs.read, *logs.extra)})
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(merger.run(follow=settings.follow))
                    await self._read(logs, read, discovery, around, give_up=True)
            except BaseExceptionGroup as errors:
                raise first_error(errors) from None
        if missing := missing_instances(self._asked_for, settings):
            raise missing

    @property
    def now(self) -> int:
        """The service's time, ms since the epoch, as far as it is known."""
        return self._clock.now()

    def read_now(self) -> None:
        """Look for new events everywhere at once, and end all waiting for another try."""
        self._turns.ask()
        for reader in self._running.values():
            reader.read_now()

    def read_also(self, status: ReaderStatus) -> None:
        """Read a log that is available and not read so far; nothing happens for any other."""
        for identifier, reader in self._readers.items():
            if reader.status is status and identifier not in self._running and self._start:
                status.state = State.STARTING
                self._start(reader)

    def read_older(self) -> None:
        """Read a step further back than so far into `store`, see `older`.

        Nothing happens while that is under way, where nothing older is kept, or when the buffer is
        full. It works on after a run that does not follow has ended.
        """
        if self._tasks is not None:
            if self._older.wish():
                self._tasks.create_task(self._older.step(self._tasks.create_task))
        elif self._clients is not None and not self.settings.follow and self._older.wish():
            self._last_step = asyncio.create_task(self._step_after_the_end(self._clients))

    def _logged(self) -> AbstractAsyncContextManager[None]:
        return readers_logged(self.readers, self.notes, self._clock)

    async def _step_after_the_end(self, clients: Clients) -> None:
        async with self._open, clients, asyncio.TaskGroup() as tasks:
            await self._older.step(tasks.create_task)

    async def _find(self, clients: Clients, *, limited: bool) -> tuple[Discovery, Surroundings]:
        """Find the targets; and what all their readers share.

        Args:
            limited: only what was asked for will be read, and nobody waits for a sign-in.
        """
        settings = self.settings

        async def find() -> tuple[Discovery, list[Target]]:
            self._turns.begin()
            discovery = self._discovery(clients)
            return discovery, await discovery.find(settings.targets)

        waits = self._wait_for_sign_in if settings.follow and not limited else None
        discovery, self.targets = await found(find, clients.credentials, waits)
        self._started = started = self._clock.now()
        around = Surroundings(
            clients=clients,
            budget=self.budget,
            clock=self._clock,
            pace=settings.pace,
            orders=Orders(),
            source_numbers=count(),
            started=started,
            since=settings.begin(started),
            until=settings.until,
            filter_pattern=settings.filter_pattern,
            instances=settings.instances if limited else (),
            patient=settings.follow,
            in_order=limited,
            keeps_older=not limited,
            notes=self.notes,
        )
        self.phase = "reading"
        return discovery, around

    def _discovery(self, clients: Clients) -> Discovery:
        sign_in = self.sign_in
        return Discovery(
            clients,
            self.budget,
            sign_in.region,
            self.notes,
            account=sign_in.account,
            trail=self.settings.trail,
        )

    async def _wait_for_sign_in(self, error: CredentialsError) -> None:
        self.phase = "waiting for a sign-in"
        self.notes.append(f"{error.message} {error.hint}")
        await self._turns.wait(self.settings.pace.max_backoff_ms)

    async def _read(
        self,
        logs: Selection,
        read: Read,
        discovery: Discovery,
        around: Surroundings,
        *,
        give_up: bool = False,
    ) -> None:
        """Run a reader for each log, and for those that appear later.

        Args:
            give_up: end when none of them can be read at all.
        """
        self.notes += logs.notes
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                reading: set[asyncio.Task[None]] = set()

                def start(reader: Reader) -> None:
                    self._running[reader.log.identifier] = reader
                    task = tasks.create_task(self._guard(reader, read))
                    reading.add(task)
                    task.add_done_callback(reading.discard)

                self._start = start
                self._begin(logs, discovery, around, start)
                if self.settings.follow:
                    tasks.create_task(feel_pulse(self._clock, self._at_work))
                    for target in self.targets:
                        if target.prefix:
                            tasks.create_task(self._watch(target, discovery, around, start))
                    if give_up:
                        tasks.create_task(self._give_up_if_hopeless())
                else:
                    while reading:
                        await asyncio.wait(reading)
                    # From now on nothing can be begun here any more.
                    self._start = self._tasks = None
        except BaseExceptionGroup as errors:
            raise first_error(errors) from None
        finally:
            self._start = self._tasks = None
            self.phase = "ended"
        failures = [self._failed.get(reader.log.identifier) for reader in self._asked_for]
        if failures and failures[0] is not None and all(failures):
            raise failures[0].failure.error()
        missing = missing_instances(self._asked_for, self.settings)
        if not self.settings.follow and self.settings.kinds != ("api",) and not missing:
            self.notes += without_events(self.targets, self.readers)

    def _begin(
        self,
        logs: Selection,
        discovery: Discovery,
        around: Surroundings,
        start: Callable[[Reader], None],
    ) -> None:
        """Start a reader for each log that is read, and list those that are available."""
        added = [reader for log in logs.read if (reader := self._add(log, around))]
        # With many log groups the first read are those with most to say.
        for reader in sorted(added, key=lambda each: -discovery.stored_bytes(each.log)):
            start(reader)
        for log in logs.extra:
            if reader := self._add(log, around):
                reader.status.optional = True
                start(reader)
        for log in logs.others:
            if reader := self._add(log, around):
                reader.status.state = State.AVAILABLE

    def _add(self, log: Log, around: Surroundings) -> Reader | None:
        """A reader for a log, listed in `readers`; None for a log that has one."""
        if log.identifier in self._readers:
            return None
        reader = reader_of(log, around)
        if around.patient:
            reader = LastingReader(reader, around.pace, self.notes)
        self._readers[log.identifier] = reader
        self.readers.append(reader.status)
        return reader

    async def _guard(self, reader: Reader, read: Read) -> None:
        """Run a reader so that its failure is its own."""
        try:
            await read(reader)
            status, until = reader.status, self.settings.until
            status.state = State.ENDED
            status.complete_to = self._started if until is None else min(until, self._started)
        except Exception as error:
            cause = first_error(error)
            if isinstance(cause, MqtailError):
                raise cause from None
            if isinstance(cause, ReadFailed):
                self._failed[reader.log.identifier] = cause
                return
            logger.exception("Reading %s ended", reader.log.place)
            reader.status.state = State.FAILING
            reader.status.reason = f"{type(cause).__name__}: {one_line(cause)}"
            reader.status.hint = "This is an error in mqtail; the other sources go on."

    async def _watch(
        self,
        target: Target,
        discovery: Discovery,
        around: Surroundings,
        start: Callable[[Reader], None],
    ) -> None:
        """Start a reader for each log group of a broker that appears later."""
        pause_ms = self.settings.pace.relist_ms
        async for logs in appearing(target, discovery, pause_ms, self.notes):
            for log in logs:
                if of_kind(log, self.settings) and (reader := self._add(log, around)):
                    start(reader)

    def _at_work(self) -> list[ReaderStatus]:
        return [reader.status for reader in self._running.values()]

    @property
    def _asked_for(self) -> list[Reader]:
        """The readers that run, but for those of what is only read where that is permitted."""
        return [reader for reader in self._running.values() if not reader.status.optional]

    async def _give_up_if_hopeless(self) -> None:
        """End where nothing that was asked for can be read, and that will not change by itself."""
        while not any(reader.status.complete_to for reader in self._asked_for):
            if failure := hopeless(self._asked_for):
                raise failure.error()
            await asyncio.sleep(GLANCE_S)
        if missing := missing_instances(self._asked_for, self.settings):
            self.notes.append(f"{missing.message} {missing.hint}")

    def _history_end(self) -> int | None:
        """End of the history, ms, inclusive, as FilterLogEvents takes it."""
        if self.settings.until is not None:
            return self.settings.until - 1
        return self._started if self.settings.follow else None
