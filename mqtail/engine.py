"""Runs the readers of all targets, into the store of the UI or in order into a pipe."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from itertools import count

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import one_line
from mqtail.aws.signin import SignIn
from mqtail.clock import Clock
from mqtail.discovery import Discovery
from mqtail.errors import MqtailError, TargetError
from mqtail.merging import Merger, Show
from mqtail.settings import Settings
from mqtail.sources.cloudwatch import Batch, CloudWatchReader, Orders, Surroundings
from mqtail.sources.paging import ReadFailed
from mqtail.status import ReaderStatus, State
from mqtail.store import Predicate, Store
from mqtail.targets import LogGroup, Target

DEFAULT_SINCE_MS = 600_000
"""How far back the history goes unless told otherwise."""

GLANCE_S = 0.2
"""How often to look whether any reader has got through, until one has."""

log = logging.getLogger(__name__)

Read = Callable[[CloudWatchReader], Awaitable[None]]
"""Runs one reader to its end."""


class Tail:
    """A tail of one or more targets.

    Args:
        settings: what the user asked for.
        sign_in: who and where we are.
        wanted: which events `--lines` counts, and which are shown in order (`run_in_order`).
        clock: tells the time.
    """

    def __init__(
        self,
        settings: Settings,
        sign_in: SignIn,
        *,
        wanted: Predicate = lambda _: True,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.store = Store(settings.buffer)
        self.targets: list[Target] = []
        self.readers: list[ReaderStatus] = []
        """Grows as log groups are found."""
        self.notes: list[str] = []
        """What a user should know, in the order in which it came up."""
        self.phase = "finding targets"
        """`finding targets`, `reading`, `ended`."""
        self._sign_in = sign_in
        self._wanted = wanted
        self._clock = clock or Clock()
        self._started = 0
        self._running: dict[str, CloudWatchReader] = {}
        self._failed: list[ReadFailed] = []

    async def run(self) -> None:
        """Read into `store`, the newest first, until the end that was asked for or cancelled.

        Everything the targets have is read; `instances` and `kinds` of the settings are left to
        the views, so that they can be changed while it runs.

        Raises:
            MqtailError: there is no such target, or nothing of it can be read.
        """
        async with Clients(self._sign_in) as clients:
            discovery, around = await self._find(clients, limited=False)
            groups = [group for target in self.targets for group in target.groups]
            await self._read(groups, self._read_into_store, discovery, around)

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
            reorder_ms=settings.pace.reorder_ms,
            clock=self._clock,
            lines=settings.lines,
        )

        async def read(reader: CloudWatchReader) -> None:
            await merger.read(reader, end=self._history_end(), follow=settings.follow)

        async with Clients(self._sign_in) as clients:
            discovery, around = await self._find(clients, limited=True)
            groups = [g for target in self.targets for g in target.groups if self._of_kind(g)]
            self._check_any(groups)
            merger.expect({group.identifier for group in groups})
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(merger.run(follow=settings.follow))
                    await self._read(groups, read, discovery, around, give_up=True)
            except BaseExceptionGroup as errors:
                raise first_error(errors) from None
        if missing := self._missing_instances():
            raise missing

    def read_now(self) -> None:
        """Poll every log group at once."""
        for reader in self._running.values():
            reader.read_now()

    async def _find(self, clients: Clients, *, limited: bool) -> tuple[Discovery, Surroundings]:
        """Find the targets; and what all their readers share."""
        settings = self.settings
        budget = Budget(settings.max_requests)
        discovery = Discovery(
            clients,
            budget,
            self._sign_in.region,
            self.notes,
            account=self._sign_in.account,
            clock=self._clock,
        )
        self.targets = await discovery.find(settings.targets)
        self._started = started = self._clock.now()
        around = Surroundings(
            clients=clients,
            budget=budget,
            clock=self._clock,
            pace=settings.pace,
            orders=Orders(),
            source_numbers=count(),
            started=started,
            since=started - DEFAULT_SINCE_MS if settings.since is None else settings.since,
            until=settings.until,
            filter_pattern=settings.filter_pattern,
            instances=settings.instances if limited else (),
            patient=settings.follow,
        )
        self.phase = "reading"
        return discovery, around

    async def _read(
        self,
        groups: list[LogGroup],
        read: Read,
        discovery: Discovery,
        around: Surroundings,
        *,
        give_up: bool = False,
    ) -> None:
        """Run a reader for each log group, and for those that appear later.

        Args:
            give_up: end when none of them can be read at all.
        """
        try:
            async with asyncio.TaskGroup() as tasks:

                def start(group: LogGroup) -> None:
                    if group.identifier not in self._running:
                        reader = CloudWatchReader(group, around)
                        self._running[group.identifier] = reader
                        self.readers.append(reader.status)
                        tasks.create_task(self._guard(reader, read))

                for group in groups:
                    start(group)
                if self.settings.follow:
                    for target in self.targets:
                        if target.prefix:
                            tasks.create_task(self._watch(target, discovery, start))
                    if give_up:
                        tasks.create_task(self._give_up_if_hopeless())
        except BaseExceptionGroup as errors:
            raise first_error(errors) from None
        finally:
            self.phase = "ended"
        if self._failed and len(self._failed) == len(self.readers):
            raise self._failed[0].failure.error()

    async def _guard(self, reader: CloudWatchReader, read: Read) -> None:
        """Run a reader so that its failure is its own."""
        try:
            await read(reader)
            reader.status.state = State.ENDED
        except Exception as error:
            cause = first_error(error)
            if isinstance(cause, MqtailError):
                raise cause from None
            if isinstance(cause, ReadFailed):
                self._failed.append(cause)
                return
            log.exception("Reading %s ended", reader.group.name)
            reader.status.state = State.FAILING
            reader.status.reason = f"{type(cause).__name__}: {one_line(cause)}"
            reader.status.hint = "This is an error in mqtail; the other sources go on."

    async def _read_into_store(self, reader: CloudWatchReader) -> None:
        """History backwards into the store, and what arrives as soon as its newest page is in."""
        settings, end, store = self.settings, self._history_end(), self.store
        history = (
            reader.history_backwards(end)
            if settings.lines is None
            else reader.history_newest(end, settings.lines, self._wanted)
        )
        following = False
        async with asyncio.TaskGroup() as tasks:
            async with aclosing(history) as pages:
                async for events in pages:
                    store.add(events)
                    if settings.follow and not following:
                        following = True
                        tasks.create_task(reader.follow(self._store))
                    if events and reader.reads_backwards and events[-1].timestamp < store.begin:
                        # The buffer is full of newer ones: none of this was kept.
                        break
            if settings.follow and not following:
                tasks.create_task(reader.follow(self._store))

    async def _store(self, batch: Batch) -> None:
        self.store.add(batch.new)
        self.store.grown(batch.grown)

    async def _watch(
        self, target: Target, discovery: Discovery, start: Callable[[LogGroup], None]
    ) -> None:
        """Start a reader for each log group of a broker that appears later."""
        while True:
            await asyncio.sleep(self.settings.pace.relist_ms / 1000)
            try:
                names = await discovery.list_groups(target.prefix)
            except CALL_ERRORS:
                # The readers tell what is wrong; this looks again later.
                continue
            for group in target.with_groups(names).groups:
                if self._of_kind(group):
                    start(group)

    async def _give_up_if_hopeless(self) -> None:
        """End where no log group can be read and nothing will change that by itself."""
        while all(not status.complete_to for status in self.readers):
            if self.readers and all(status.hopeless for status in self.readers):
                failure = next(iter(self._running.values())).failure
                if failure is not None:
                    raise failure.error()
            await asyncio.sleep(GLANCE_S)
        if missing := self._missing_instances():
            self.notes.append(f"{missing.message} {missing.hint}")

    def _missing_instances(self) -> TargetError | None:
        """The error that no log stream is of the instances asked for, if that is so."""
        if not self.settings.instances or any(status.streams for status in self.readers):
            return None
        left_out = {name for r in self._running.values() for name in r.instances_left_out}
        return TargetError(
            f"There is no log stream of instance {' or '.join(self.settings.instances)}.",
            f"There are: {', '.join(sorted(left_out))}." if left_out else "",
        )

    def _of_kind(self, group: LogGroup) -> bool:
        kinds = self.settings.kinds
        return not kinds or group.kind in kinds or self.settings.output == "tui"

    def _check_any(self, groups: list[LogGroup]) -> None:
        if groups or (self.settings.follow and not self.settings.kinds):
            return
        names = ", ".join(target.name for target in self.targets)
        kinds = sorted({group.kind for target in self.targets for group in target.groups})
        if kinds:
            raise TargetError(
                f"{names}: no {' or '.join(self.settings.kinds)} log.",
                f"There is: {', '.join(kinds)}.",
            )
        raise TargetError(f"{names}: there are no logs to read.", " ".join(self.notes))

    def _history_end(self) -> int | None:
        """End of the history, ms, inclusive, as FilterLogEvents takes it."""
        if self.settings.until is not None:
            return self.settings.until - 1
        return self._started if self.settings.follow else None


def first_error(error: BaseException) -> BaseException:
    """The first error within groups of errors, mqtail's own before others."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    own = error.subgroup(MqtailError)
    return first_error((own or error).exceptions[0])
