"""The loop of virtual time: it jumps when everybody waits, and never while somebody works."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from mqtail.aws.clients import Clients
from mqtail.aws.signin import SignIn
from mqtail.demo.faults import Slow
from mqtail.demo.server import EmbeddedAws
from tests.engine.virtual import Times, run

DAY_S = 86_400


def test_a_day_passes_while_nothing_is_to_be_done() -> None:
    """In the order of the timers, and by the service's clock, too."""

    async def main() -> list[int]:
        times, passed = Times(), []
        begin = times.service()

        async def wait(seconds: int) -> None:
            await asyncio.sleep(seconds)
            passed.append((times.service() - begin) // 1000)

        await asyncio.gather(wait(DAY_S), wait(60), wait(3_600))
        return passed

    assert run(main()) == [60, 3_600, DAY_S]


def test_it_waits_for_threads() -> None:
    """They work in real time, in which no timer is due."""

    async def main() -> tuple[float, bool]:
        timer = asyncio.create_task(asyncio.sleep(1))
        begin = asyncio.get_running_loop().time()
        await asyncio.to_thread(time.sleep, 0.05)
        result = asyncio.get_running_loop().time() - begin, timer.done()
        await timer
        return result

    assert run(main()) == (0, False)


def test_it_does_not_jump_while_an_answer_is_under_way() -> None:
    """However large; an answer that the service keeps back for a while takes just that long."""

    async def main() -> tuple[float, float]:
        times, loop = Times(), asyncio.get_running_loop()
        timer = asyncio.create_task(asyncio.sleep(DAY_S))
        async with EmbeddedAws(clock=times.service) as aws:
            events = [(times.service(), "x" * 100_000)] * 50
            aws.logs.put("/x", "s", events)
            async with Clients(SignIn(aws.region, endpoint_url=aws.url)) as clients:
                client: Any = await clients.logs()
                begin = loop.time()
                for _ in range(20):
                    await client.filter_log_events(logGroupName="/x")
                quick = loop.time() - begin
                aws.faults.add(Slow(5))
                await client.filter_log_events(logGroupName="/x")
        timer.cancel()
        return quick, loop.time() - begin - quick

    quick, slow = run(main())
    assert quick < 0.1
    assert 5 <= slow < 5.1


def test_the_clocks_of_service_and_machine() -> None:
    """A machine that sleeps misses time that passes for both; a clock that is set is its own."""

    async def main() -> list[tuple[int, int]]:
        times, moments = Times(machine_ahead_s=60), []
        begin = times.service()

        def look() -> None:
            moments.append(((times.service() - begin) // 1000, (times.machine() - begin) // 1000))

        await asyncio.sleep(10)
        look()
        times.sleep_machine(3_600)
        look()
        times.step_clock(-90)
        look()
        return moments

    assert run(main()) == [(10, 70), (3_610, 3_670), (3_610, 3_580)]
