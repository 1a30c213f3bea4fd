"""Brokers and clusters, where their logs are, and how old the newest event is.

Found bit by bit by an `Inventory`; `mqtail ls` waits for all of it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import Failure, Kind, failure_of
from mqtail.aws.signin import SignIn
from mqtail.clock import Clock
from mqtail.discovery import Discovery, Named
from mqtail.errors import CredentialsError, MqtailError, TargetError, first_error
from mqtail.inventory import ListedLog, ListedTarget, LogState
from mqtail.logs import Log, LogGroup
from mqtail.printable import printable
from mqtail.settings import Settings
from mqtail.sources.newest import last_day, newest_event
from mqtail.sources.reader import Surroundings
from mqtail.sources.retries import ReadFailed
from mqtail.targets import Target, api_calls_target
from mqtail.times import age, utc_text
from mqtail.turns import Turns

logger = logging.getLogger(__name__)

LOOKUPS_AT_ONCE = 6
"""Few, so that what comes into view has not long to wait."""

_SERVICES = ("mq", "msk", "cloudtrail")
"""The order in which targets are listed."""


class _Lookup(NamedTuple):
    """Something to be found out."""

    id: str
    """Id of the target."""
    stage: int
    """0: the target itself; 1: the newest event of a log."""


class Inventory:
    """Brokers and clusters of the region: first their names, then details, then newest events.

    Args:
        settings: how to ask.
        sign_in: who we are, and where.
        api_calls: list the API calls of the whole region as a target, too.
        before: what was known the last time: it stands until better is known.
        clock: tells the time.

    Attributes:
        notes: what a user should know about how the targets were found.
        problems: why brokers or clusters are missing.
        listing: whether there may be further targets.
        done: look-ups that were made.
        total: look-ups that are to be made, as far as is known.
    """

    def __init__(
        self,
        settings: Settings,
        sign_in: SignIn,
        *,
        api_calls: bool = False,
        before: Iterable[ListedTarget] = (),
        clock: Clock | None = None,
    ) -> None:
        self.notes: list[str] = []
        self.problems: list[MqtailError] = []
        self.listing = True
        self.done = self.total = 0
        self._settings = settings
        self._sign_in = sign_in
        self._clock = clock or Clock()
        self._api_calls = api_calls
        self._before = {target.id: target for target in before}
        self._found: dict[str, ListedTarget] = {}
        self._shown: tuple[ListedTarget, ...] | None = tuple(self._before.values())
        self._preferred: frozenset[str] = frozenset()
        self._turns = Turns[_Lookup](LOOKUPS_AT_ONCE, self._urgency)

    @property
    def targets(self) -> tuple[ListedTarget, ...]:
        """The targets as far as they are known; the same tuple while nothing has changed."""
        if self._shown is None:
            # While listing goes on, what was there before may still be there.
            known = (self._before if self.listing else {}) | self._found
            self._shown = tuple(sorted(known.values(), key=_place))
        return self._shown

    def prefer(self, ids: Iterable[str]) -> None:
        """Look these targets up before all others."""
        self._preferred = frozenset(ids)

    async def run(self) -> None:
        """Find out everything.

        Raises:
            TargetError: there are no brokers and clusters, or listing them is not permitted.
            CredentialsError: the credentials are no good.
        """
        try:
            async with Clients(self._sign_in, self._clock) as clients:
                await self._run(clients)
        except BaseExceptionGroup as errors:
            raise first_error(errors) from errors
        finally:
            self.listing, self._shown = False, None

    async def _run(self, clients: Clients) -> None:
        budget, clock = Budget(self._settings.max_requests), self._clock
        region = self._sign_in.region
        discovery = Discovery(clients, budget, region, self.notes)
        nothing: TargetError | None = None

        @cache
        def around() -> Surroundings:
            return last_day(clients, budget, clock, self._settings.pace)

        async with asyncio.TaskGroup() as group:

            def add(named: list[Named]) -> None:
                for one in named:
                    self._put(_outlined(one))
                    group.create_task(self._look_up(discovery, one, around()))

            if self._api_calls:
                calls = api_calls_target([], self._settings.trail)
                self._put(_listed(calls))
            try:
                await discovery.everything(add)
            except TargetError as error:
                nothing = error
            else:
                failures = filter(None, discovery.listings.values())
                self.problems = [failure.error() for failure in failures]
            self.listing, self._shown = False, None
            if self._api_calls:
                group.create_task(self._look_at_logs(calls.name, calls, around()))
        if nothing is not None:
            raise nothing

    async def _look_up(self, discovery: Discovery, named: Named, around: Surroundings) -> None:
        """A target in full, and the newest events of its logs."""
        self.total += 1
        async with self._turns.turn(_Lookup(named.id, 0)):
            try:
                target = await discovery.target(named)
            except CredentialsError:
                raise
            except MqtailError as error:
                outline = self._found[named.id]
                self._put(replace(outline, known=True, problem=error.message))
                return
            finally:
                self.done += 1
        self._put(_listed(target, named))
        await self._look_at_logs(named.id, target, around)

    async def _look_at_logs(self, id: str, target: Target, around: Surroundings) -> None:
        self.total += len(target.logs)
        looks = (self._look_at(id, at, log, around) for at, log in enumerate(target.logs))
        await asyncio.gather(*looks)

    async def _look_at(self, id: str, at: int, log: Log, around: Surroundings) -> None:
        """The newest event of a target's log."""
        async with self._turns.turn(_Lookup(id, 1)):
            listed = await _newest(log, around)
        self.done += 1
        target = self._found[id]
        logs = (*target.logs[:at], listed, *target.logs[at + 1 :])
        self._put(replace(target, logs=logs))

    def _put(self, target: ListedTarget) -> None:
        """Take in what is known of a target now, with what was known before of the rest."""
        before = self._before.get(target.id)
        if before is not None:
            target = _with_earlier(target, before)
        self._found[target.id] = target
        self._shown = None

    def _urgency(self, lookup: _Lookup) -> tuple[bool, int]:
        """Of two that are alike the one that was asked for first is first."""
        return (lookup.id not in self._preferred, lookup.stage)


class Listing(Struct, frozen=True):
    """What `mqtail ls` shows."""

    region: str
    targets: tuple[ListedTarget, ...]
    notes: tuple[str, ...]


async def list_targets(settings: Settings, sign_in: SignIn) -> Listing:
    """Find all brokers and clusters of the region, and the newest event of each of their logs.

    Raises:
        MqtailError: there are none, or none can be listed or looked up.
    """
    inventory = Inventory(settings, sign_in)
    await inventory.run()
    targets = tuple(target for target in inventory.targets if not target.problem)
    problems = [target.problem for target in inventory.targets if target.problem]
    if not targets:
        raise TargetError(problems[0])
    missing = [problem.message for problem in inventory.problems]
    return Listing(sign_in.region, targets, (*missing, *inventory.notes, *problems))


def _place(target: ListedTarget) -> tuple[int, str, str]:
    return _SERVICES.index(target.service), target.name, target.id


def _outlined(named: Named) -> ListedTarget:
    """What listing tells of a target."""
    outline = named.outline or Target(named.name, named.service, ())
    return replace(_listed(outline, named), known=False, silence="")


def _listed(target: Target, named: Named | None = None) -> ListedTarget:
    """A target that was looked up, its logs not yet.

    Of a broker that may not be looked up, listing tells more than its id.
    """
    outline = (named and named.outline) or target
    return ListedTarget(
        name=outline.name,
        id=target.owner or target.name,
        service=target.service,
        engine=target.engine or outline.engine,
        version=target.version or outline.version,
        state=target.state or outline.state,
        deployment=target.deployment or outline.deployment,
        logs=tuple(ListedLog(log.kind, log.destination, log.place) for log in target.logs),
        silence=target.silence,
        off=target.off,
        waiting=target.waiting,
    )


def _with_earlier(target: ListedTarget, before: ListedTarget) -> ListedTarget:
    """A target with what was known before of what is not known yet."""
    if not target.known:
        return replace(before, state=target.state or before.state)
    earlier = {(log.kind, log.destination, log.place): log for log in before.logs}
    logs = (
        earlier.get((log.kind, log.destination, log.place), log)
        if log.state is LogState.UNKNOWN
        else log
        for log in target.logs
    )
    return replace(target, logs=tuple(logs))


async def _newest(log: Log, around: Surroundings) -> ListedLog:
    """A log with its newest event of the last day."""
    try:
        newest = await newest_event(log, around)
    except CALL_ERRORS as error:
        return _unread(log, failure_of(error, f"reading {log.place}"))
    except ReadFailed as error:
        return _unread(log, error.failure)
    except Exception as error:
        # One log does not take the others down; the traceback is kept.
        logger.exception("Looking for the newest event of %s ended", log.place)
        return _unread(log, failure_of(error, f"reading {log.place}"))
    if newest is None:
        return _log(log, LogState.SILENT, problem="nothing in the last day")
    return _log(log, LogState.FOUND, newest=datetime.fromtimestamp(newest / 1000, UTC))


def _unread(log: Log, failure: Failure) -> ListedLog:
    """A log that could not be read, and why, in few words."""
    thing = "log group" if isinstance(log, LogGroup) else "destination"
    state, problem = {
        Kind.MISSING: (
            LogState.MISSING,
            f"the {thing} does not exist: see `mqtail check {log.target}`",
        ),
        Kind.DENIED: (LogState.DENIED, f"not permitted. {failure.hint}"),
    }.get(failure.kind, (LogState.FAILED, failure.sentence))
    return _log(log, state, problem=problem)


def _log(
    log: Log, state: LogState, *, newest: datetime | None = None, problem: str = ""
) -> ListedLog:
    return ListedLog(log.kind, log.destination, log.place, newest, problem, state)


def table(listing: Listing, settings: Settings) -> str:
    """The listing as text, or as one JSON object (`-o json`), its notes only in the latter."""
    if settings.output == "json":
        plain = msgspec.to_builtins(listing, builtin_types=(datetime,))
        return json.dumps(plain, indent=2, default=utc_text) + "\n"
    now = datetime.now(UTC)
    lines = [f"Brokers and clusters in {listing.region}\n"]
    for target in listing.targets:
        facts = (target.id, target.engine, target.deployment, target.state)
        lines.append(f"\n{target.name}  ({', '.join(filter(None, facts))})\n")
        for log in target.logs:
            told = log.problem
            if log.newest is not None:
                told = f"newest event {age(int((now - log.newest).total_seconds() * 1000))} ago"
            lines.append(f"  {log.kind:<11}{log.destination:<11}{log.place}  {told}\n")
        if target.silence or not target.logs:
            lines.append(f"  {target.silence or 'no logs'}\n")
    return printable("".join(lines), multiline=True)
