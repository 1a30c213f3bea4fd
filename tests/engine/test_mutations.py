"""An engine that is broken on purpose breaks a promise, and is caught by the name of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mqtail.merging import Lane
from mqtail.sources.cloudwatch import paging
from mqtail.sources.cloudwatch.reader import CloudWatchReader
from mqtail.sources.lag import LagMeter
from mqtail.sources.overlapping import OverlappingReader
from mqtail.sources.seen import SeenIds
from mqtail.store import SortedEvents
from tests.engine.promises import Broken, Lost, NotComplete, OutOfOrder, OverBudget, TooSlow, Twice
from tests.engine.scripts import Asleep, Deliver, Script, Step, Trouble, Wait, play

Patch = Callable[[pytest.MonkeyPatch], None]

LATE = (Wait(70), Deliver(), Wait(10), Deliver(late_s=8), Wait(10), Deliver(late_s=2_000))
"""On time, within the overlap of polls, and for the sweeps."""

SLEPT = (Wait(400), Asleep(7_200, late_s=(3_000, 0, 0, 0)))
"""Something from before the sleep comes during it."""


@dataclass(frozen=True)
class Mutation:
    """Something that makes the engine wrong.

    Attributes:
        name: what is wrong.
        patch: breaks the engine.
        caught: what catches it.
        script: what has to be played for that.
    """

    name: str
    patch: Patch
    caught: type[Broken]
    script: Script


def _no_overlap(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LagMeter, "overlap_ms", 0)


def _no_dedupe(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SeenIds, "are_new", lambda _, ids, __: [True] * len(ids))


def _stop_at_empty_page(patch: pytest.MonkeyPatch) -> None:
    take = paging._Cursor.take

    def stopping_take(self: Any, page: Any) -> Any:
        events = take(self, page)
        if not page.events:
            self.token = None
        return events

    patch.setattr(paging._Cursor, "take", stopping_take)


def _cursor_at_newest(patch: pytest.MonkeyPatch) -> None:
    after_newest = property(lambda self: self.status.newest + 1)
    patch.setattr(OverlappingReader, "_live_from", after_newest)
    patch.setattr(OverlappingReader, "_sweep_from", lambda self, _: self.status.newest + 1)


def _no_sweeps(patch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        pass

    patch.setattr(CloudWatchReader, "_sweep_for_ever", never)


def _blind_time_not_swept(patch: pytest.MonkeyPatch) -> None:
    def from_now(self: Any, back_ms: int) -> int:
        now: int = self._around.clock.now()
        return now - back_ms

    patch.setattr(OverlappingReader, "_sweep_from", from_now)


def _no_wait_for_the_slowest(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lane, "stuck", True)


def _append_to_buffer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SortedEvents, "_insert_between", lambda self, batch: self._events.extend(batch))


def _no_budget(patch: pytest.MonkeyPatch) -> None:
    async def at_once(*_: object) -> None:
        pass

    patch.setattr("mqtail.aws.budget.Budget.take", at_once)


def script(*steps: Step, **changes: Any) -> Script:
    """A script with something in its history."""
    return Script(steps, **({"before": (Deliver(late_s=100, count=3),)} | changes))


SLOW = (Trouble("slow", 10, group=1), Deliver(0, 100), Deliver(1, 200))
"""The history of one source comes much later than that of the other."""

MUTATIONS = (
    Mutation("no overlap", _no_overlap, TooSlow, script(*LATE)),
    Mutation("no dedupe", _no_dedupe, Twice, script(*LATE)),
    Mutation("no dedupe in order", _no_dedupe, Twice, script(*LATE, ordered=True)),
    Mutation(
        "stop at an empty page",
        _stop_at_empty_page,
        NotComplete,
        script(Trouble("empty pages", 2_000), *LATE),
    ),
    Mutation("cursor at the newest event", _cursor_at_newest, Lost, script(*LATE)),
    Mutation("no sweeps", _no_sweeps, Lost, script(*LATE)),
    Mutation("time asleep not swept", _blind_time_not_swept, Lost, script(*SLEPT)),
    Mutation(
        "merger does not wait for the slowest",
        _no_wait_for_the_slowest,
        OutOfOrder,
        script(Wait(60), before=SLOW, brokers=2, ordered=True),
    ),
    Mutation("buffer appends late events", _append_to_buffer, OutOfOrder, script(*LATE)),
    Mutation(
        "no budget",
        _no_budget,
        OverBudget,
        script(Deliver(count=100, apart_ms=1), Wait(20), page=5),
    ),
)


SCRIPTS = tuple(dict.fromkeys(mutation.script for mutation in MUTATIONS))


@pytest.mark.parametrize("script", SCRIPTS, ids=range(len(SCRIPTS)))
def test_an_unbroken_engine_passes(script: Script) -> None:
    """What catches a mutation finds nothing without it."""
    play(script)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_is_caught_by_name(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script shows what is wrong."""
    mutation.patch(monkeypatch)
    with pytest.raises(mutation.caught):
        play(mutation.script)
