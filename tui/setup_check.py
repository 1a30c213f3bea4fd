"""The setup check of the session: its runs, and what is known so far."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from mqtail.checks.findings import Finding, Outcome
from mqtail.errors import MqtailError
from mqtail.redaction import error_text
from widgets.checks.rows import CheckRow, CheckState, TargetKey, TargetRows

logger = logging.getLogger(__name__)


class Subject(Protocol):
    """What is checked."""

    service: str
    id: str


class Check(Protocol):
    """One check of it."""

    @property
    def id(self) -> str:
        """Stable, in kebab-case."""

    @property
    def category(self) -> str:
        """What it belongs to."""

    @property
    def title(self) -> str:
        """What holds when it passes."""

    @property
    def doc(self) -> str:
        """Address of the page to read."""


class CheckedTarget(Protocol):
    """A target with what was found so far."""

    @property
    def subject(self) -> Subject:
        """What is checked."""

    @property
    def name(self) -> str:
        """What its user calls it."""

    @property
    def checks(self) -> Sequence[Check]:
        """Those that are made of it."""

    @property
    def findings(self) -> Mapping[str, Finding]:
        """By id of the check."""


class Checkup(Protocol):
    """One run of the checks."""

    @property
    def targets(self) -> Sequence[CheckedTarget]:
        """What is checked; known after a moment."""

    @property
    def notes(self) -> Sequence[str]:
        """What a user should know about how the targets were found."""

    @property
    def done(self) -> int:
        """How many checks have been made."""

    @property
    def total(self) -> int:
        """How many there are to be made."""

    async def run(self) -> None:
        """Make all checks.

        Raises:
            MqtailError: there is nothing to check, or nothing can be asked.
        """


MakeCheckup = Callable[[Callable[[], None]], Checkup]
"""Prepares a run that calls a function whenever there is news."""


class SetupCheck:
    """Runs the checks, and keeps what a run before found until the new one knows better.

    Args:
        make: prepares a run.
        now: the time, ms since the epoch.
    """

    def __init__(self, make: MakeCheckup, now: Callable[[], int]) -> None:
        self.running = False
        self._make = make
        self._now = now
        self._checkup: Checkup | None = None
        self._before: tuple[TargetRows, ...] = ()
        self._made: dict[TargetKey, tuple[object, TargetRows]] = {}
        """Rows that were made in this run, with what they were made of: most stay as they are."""
        self._ended = 0
        self._problem = self._hint = ""
        self._state: CheckState | None = None

    @property
    def began(self) -> bool:
        """Whether there was a run at all."""
        return self.running or bool(self._ended)

    @property
    def state(self) -> CheckState:
        """How it stands; the same object as long as there is nothing new."""
        if self._state is None:
            checkup = self._checkup
            self._state = CheckState(
                targets=self._targets(),
                running=self.running,
                done=checkup.done if checkup else 0,
                total=checkup.total if checkup else 0,
                ended=self._ended,
                problem=self._problem,
                hint=self._hint,
                notes=tuple(dict.fromkeys(checkup.notes)) if checkup else (),
            )
        return self._state

    @property
    def failed(self) -> int:
        """How many checks failed, of what is known."""
        rows = (row for target in self.state.targets for row in target.checks)
        return sum(row.outcome is Outcome.FAIL for row in rows)

    def run(self) -> Coroutine[Any, Any, None]:
        """Begin a run, to be awaited; an error that ends it is told in `state`."""
        self._before = self.state.targets
        self._made = {}
        self._checkup = None
        self._problem = self._hint = ""
        self.running = True
        self._changed()
        return self._run()

    async def _run(self) -> None:
        try:
            self._checkup = self._make(self._changed)
            await self._checkup.run()
        except MqtailError as error:
            self._problem, self._hint = error.message, error.hint
        except Exception as error:
            # Its traceback is kept; the tail goes on.
            logger.exception("The setup check ended")
            self._problem = error_text(error)
            self._hint = "This is an error in mqtail; the tail goes on."
        finally:
            self.running = False
            self._ended = self._now()
            self._changed()

    def _changed(self) -> None:
        self._state = None

    def _targets(self) -> tuple[TargetRows, ...]:
        """The targets of this run; of the one before while they are not known."""
        if self._checkup is None or not self._checkup.targets:
            return tuple(self._marked(target) for target in self._before)
        before = {target.key: target for target in self._before}
        return tuple(self._rows(target, before) for target in self._checkup.targets)

    def _marked(self, target: TargetRows) -> TargetRows:
        checks = tuple(self._undone(row, row.finding) for row in target.checks)
        return replace(target, checks=checks)

    def _undone(self, row: CheckRow, found_before: Finding | None) -> CheckRow:
        """A check that this run has not come to (yet)."""
        old = found_before is not None
        return replace(row, finding=found_before, running=self.running, old=old)

    def _rows(self, target: CheckedTarget, before: Mapping[TargetKey, TargetRows]) -> TargetRows:
        key = (target.subject.service, target.subject.id)
        made_of = (target.name, len(target.findings), self.running)
        known = self._made.get(key)
        if known is not None and known[0] == made_of:
            return known[1]
        old = {row.id: row.finding for row in before[key].checks} if key in before else {}
        checks = [
            CheckRow(
                check.id, check.category, check.title, check.doc, target.findings.get(check.id)
            )
            for check in target.checks
        ]
        shown = (row if row.finding else self._undone(row, old.get(row.id)) for row in checks)
        rows = TargetRows(key, target.name, target.subject.service, tuple(shown))
        self._made[key] = (made_of, rows)
        return rows
