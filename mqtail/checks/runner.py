"""Runs the checks over brokers, clusters and the account."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.signin import SignIn
from mqtail.checks.account import Account
from mqtail.checks.amazon_mq.broker import Broker
from mqtail.checks.amazon_msk.cluster import Cluster
from mqtail.checks.log_groups import NamedGroup
from mqtail.checks.lookups import Lookups
from mqtail.checks.model import Check, Finding, Subject
from mqtail.checks.registry import check_ids, chosen
from mqtail.checks.unfound import Unfound
from mqtail.clock import Clock
from mqtail.discovery import Named
from mqtail.errors import NoSuchTarget, TargetError, first_error
from mqtail.policies import arn_part
from mqtail.settings import Settings
from mqtail.targets import BROKER_GROUP, Target, is_pattern

SUBJECTS_AT_ONCE = 10
"""Brokers and clusters that are checked at a time, so that the first are done soon."""

LISTINGS = {
    "mq": ("mq:ListBrokers", "Amazon MQ brokers"),
    "msk": ("kafka:ListClustersV2", "Amazon MSK clusters"),
}
"""For each service: the action that lists what there is, and what that is."""


@dataclass(slots=True)
class CheckedTarget:
    """A target with what was found so far."""

    subject: Subject
    checks: list[Check[Any]]
    findings: dict[str, Finding] = field(default_factory=dict)
    """By id of the check."""

    @property
    def name(self) -> str:
        """What its user calls it."""
        return self.subject.name

    @property
    def service(self) -> str:
        """`mq`, `msk`, `logs` or `account`; empty where there is no such target."""
        return self.subject.service

    @property
    def done(self) -> bool:
        """Whether every check has been made."""
        return len(self.findings) == len(self.checks)

    @property
    def results(self) -> list[tuple[Check[Any], Finding]]:
        """The checks that were made, in their order."""
        return [(one, self.findings[one.id]) for one in self.checks if one.id in self.findings]


class Checkup:
    """One run of the checks.

    Args:
        settings: the targets, and how to ask; without targets everything is checked.
        sign_in: who we are.
        only: ids of checks; empty: all.
        principal: ARN of who creates or reboots the brokers; empty: it is looked up.
        changed: called after each check and when the targets are known.
        budget: for requests to CloudWatch Logs, where it is shared; None: one of its own.
        clock: tells the time.

    Attributes:
        targets: what is checked, in the order in which it is shown; known after a moment.
        notes: what a user should know about how the targets were found.

    Raises:
        UsageError: a check is not known.
    """

    def __init__(
        self,
        settings: Settings,
        sign_in: SignIn,
        *,
        only: Sequence[str] = (),
        principal: str = "",
        changed: Callable[[], None] = lambda: None,
        budget: Budget | None = None,
        clock: Clock | None = None,
    ) -> None:
        check_ids(only)
        self.settings = settings
        self.sign_in = sign_in
        self.targets: list[CheckedTarget] = []
        self.notes: list[str] = []
        self._only = tuple(only)
        self._principal = principal
        self._changed = changed
        self._budget = budget
        self._clock = clock

    @property
    def total(self) -> int:
        """How many checks there are to be made."""
        return sum(len(target.checks) for target in self.targets)

    @property
    def done(self) -> int:
        """How many have been made."""
        return sum(len(target.findings) for target in self.targets)

    async def run(self) -> None:
        """Make all checks; those that do not depend on each other run at once.

        Raises:
            MqtailError: there is nothing to check, or nothing can be asked.
        """
        async with Clients(self.sign_in, self._clock) as clients:
            lookups = Lookups(
                self.sign_in,
                self.settings,
                clients,
                self.notes,
                principal=self._principal,
                budget=self._budget,
            )
            subjects = await _subjects(lookups, self.settings.targets)
            listed = ((subject, chosen(subject.service, self._only)) for subject in subjects)
            self.targets = [CheckedTarget(subject, checks) for subject, checks in listed if checks]
            self._changed()
            try:
                for last in (False, True):
                    await self._check_all(last)
            except BaseExceptionGroup as errors:
                raise first_error(errors) from None

    async def _check_all(self, last: bool) -> None:
        """Make the checks of all targets that are made last, or those that are not."""
        gate = asyncio.Semaphore(SUBJECTS_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for target in self.targets:
                checks = [check for check in target.checks if check.last is last]
                tasks.create_task(self._check(target, checks, gate))
            if not last:
                for asking in self._asking_ahead():
                    tasks.create_task(_ahead(asking))

    def _asking_ahead(self) -> Iterator[Awaitable[object]]:
        """What checks that are made last ask AWS."""
        for target in self.targets:
            for check in target.checks:
                if check.ahead is not None:
                    yield check.ahead(target.subject)

    async def _check(
        self, target: CheckedTarget, checks: list[Check[Any]], gate: asyncio.Semaphore
    ) -> None:
        async def one(check: Check[Any]) -> None:
            target.findings[check.id] = await target.subject.finding(check)
            self._changed()

        async with gate, asyncio.TaskGroup() as tasks:
            for check in checks:
                tasks.create_task(one(check))


async def _ahead(asking: Awaitable[object]) -> None:
    # What goes wrong is told by the check, which asks for the same.
    with suppress(Exception):
        await asking


async def _subjects(lookups: Lookups, names: Sequence[str]) -> list[Subject]:
    """What the names mean, each thing once; without names all there is. The account comes last.

    Raises:
        MqtailError: there is nothing at all, or nothing can be asked.
    """
    found: dict[tuple[str, str], Subject] = {}
    for name in names:
        try:
            _see_that_it_is_ours(name, lookups.account)
            subjects = [_subject(one, lookups) for one in await lookups.discovery.named(name)]
        except TargetError as error:
            subjects = [Unfound(name, error, lookups)]
        for subject in subjects:
            found.setdefault((subject.service, subject.id), subject)
    if not names:
        for named in await _everything(lookups):
            found[named.service, named.id] = _subject(named, lookups)
    for service, failure in lookups.discovery.listings.items():
        action, kind = LISTINGS[service]
        if failure is None:
            lookups.allowed.add(action)
            continue
        lookups.denied_by(failure, action)
        if not names or any(map(is_pattern, names)):
            found["", kind] = Unfound(kind, TargetError(failure.sentence, failure.hint), lookups)
    account = _account(lookups)
    found.setdefault((account.service, account.id), account)
    return sorted(found.values(), key=lambda subject: subject.service == "account")


def _see_that_it_is_ours(name: str, account: str) -> None:
    """A name may be the ARN of something in another account, which cannot be checked from here.

    Raises:
        TargetError: it is.
    """
    owner = arn_part(name, "account") if name.startswith("arn:") else ""
    if account and owner not in ("", account):
        raise TargetError(
            f"It is in the account {owner}, and the credentials are of {account}.",
            "Use --profile or --role-arn to sign in there.",
        )


async def _everything(lookups: Lookups) -> list[Named]:
    """All brokers and clusters; none where they cannot be listed, which `listings` tells.

    Raises:
        MqtailError: there is nothing at all, or nothing can be asked.
    """
    try:
        return await lookups.discovery.everything()
    except NoSuchTarget:
        raise
    except TargetError:
        return []


def _subject(found: Named | Target, lookups: Lookups) -> Subject:
    """What checks look at; a broker's log group stands for the broker."""
    if isinstance(found, Target):
        if found.service == "cloudtrail":
            return _account(lookups)
        name = found.logs[0].place
        broker = BROKER_GROUP.fullmatch(name)
        if broker is None:
            return NamedGroup("logs", name, name, lookups)
        return Broker("mq", broker["id"], "", lookups)
    kind = Broker if found.service == "mq" else Cluster
    return kind(found.service, found.id, found.name, lookups)


def _account(lookups: Lookups) -> Account:
    return Account("account", lookups.account, f"account {lookups.account}".rstrip(), lookups)
