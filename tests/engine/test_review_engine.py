"""Asking for older history at any moment, also when a run comes to its end."""

from __future__ import annotations

import asyncio

import pytest

from mqtail.demo.faults import Throttle
from mqtail.status import OlderState, State
from tests.engine.older import all_steps, shown, step
from tests.engine.support import GROUP, STREAM, Bench, ago


@pytest.mark.parametrize("turns", range(6))
async def test_older_history_is_asked_for_while_a_run_ends(bench: Bench, turns: int) -> None:
    """There is a moment in which nothing can be started any more, and nobody may notice."""
    put = [(ago(1_500 - i), f"event {i:04}") for i in range(1_500)]
    bench.aws.logs.put(GROUP, STREAM, put)
    tail = bench.tail(follow=False)
    running = asyncio.create_task(tail.run())
    while not (  # noqa: ASYNC110  # the very next turn counts
        tail.readers and all(one.state is State.ENDED for one in tail.readers)
    ):
        await asyncio.sleep(0)
    for _ in range(turns):
        await asyncio.sleep(0)
    tail.read_older()
    await running
    await all_steps(tail)
    assert shown(tail) == [text for _, text in put]
    assert tail.older.state is OlderState.COMPLETE


async def test_after_the_end_what_passes_can_be_tried_again(bench: Bench) -> None:
    """A service that is busy for long ends the step, and not the looking back for good."""
    put = [(ago(1_500 - i), f"event {i:04}") for i in range(1_500)]
    bench.aws.logs.put(GROUP, STREAM, put)
    tail = await bench.stored()
    busy = bench.aws.faults.add(Throttle(), operation="FilterLogEvents")
    before = len(tail.store)
    assert await step(tail) is OlderState.IDLE
    assert "throttles" in tail.older.reason
    assert len(tail.store) == before
    busy.remove()
    await all_steps(tail)
    assert shown(tail) == [text for _, text in put]
    assert (tail.older.state, tail.older.reason) == (OlderState.COMPLETE, "")
