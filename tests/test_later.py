"""What is made in a thread while the event loop goes on."""

from __future__ import annotations

import asyncio
import threading

import pytest

from mqtail.later import Later


class Maker:
    """Makes a text when it is allowed to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.allowed = threading.Event()
        self.threads: list[str] = []
        self._error = error

    def __call__(self) -> str:
        """Wait, and give it."""
        self.threads.append(threading.current_thread().name)
        self.allowed.wait()
        if self._error is not None:
            raise self._error
        return "made"


async def test_it_is_made_once_for_all_who_wait() -> None:
    """Also for one who blocks; until then there is nothing, and the loop goes on."""
    maker = Maker()
    later = Later(maker)
    waiting = [asyncio.create_task(later.ready()) for _ in range(2)]
    given_up = asyncio.create_task(later.ready())
    await asyncio.sleep(0)
    given_up.cancel()
    assert not later.made
    maker.allowed.set()
    assert await asyncio.gather(*waiting) == ["made", "made"]
    assert [later.made, later.wait(), later.make()] == ["made", "made", "made"]
    assert len(maker.threads) == 1


async def test_a_failure_is_every_callers() -> None:
    """It is not tried again."""
    maker = Maker(ValueError("no"))
    maker.allowed.set()
    later = Later(maker)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            await later.ready()
    assert later.made is None
    assert len(maker.threads) == 1


def test_it_can_be_made_in_the_callers_own_thread() -> None:
    """Where a terminal may be needed for it."""
    maker = Maker()
    maker.allowed.set()
    assert Later(maker).make() == "made"
    assert maker.threads == [threading.current_thread().name]
