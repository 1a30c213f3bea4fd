"""Older history in tests: steps of it, and what is in the store afterwards."""

from __future__ import annotations

from mqtail.engine import Tail
from mqtail.status import OlderState
from tests.engine.support import eventually

MOST_STEPS = 60


async def begun(tail: Tail) -> None:
    """Wait until the history of all logs has been read."""
    await eventually(
        lambda: bool(tail.readers) and all(reader.complete_to for reader in tail.readers)
    )


async def step(tail: Tail) -> OlderState:
    """Read a step further back; how it stands then."""
    tail.read_older()
    await eventually(lambda: tail.older.state is not OlderState.READING)
    return tail.older.state


async def all_steps(tail: Tail) -> None:
    """Read as far back as it goes."""
    for _ in range(MOST_STEPS):
        if await step(tail) is not OlderState.IDLE:
            return
    raise AssertionError(f"It goes on for ever: {tail.older}")


def shown(tail: Tail) -> list[str]:
    """The messages in the store, in order."""
    return [event.message for event in tail.store]
