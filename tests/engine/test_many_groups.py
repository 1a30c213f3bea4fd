"""Many log groups and few requests a second, in virtual time: order holds all the same."""

from __future__ import annotations

import asyncio
import io
import json

from mqtail.aws.signin import SignIn
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.events import LogEvent
from mqtail.pipe import line_of, tail_into
from mqtail.settings import Settings
from tests.engine.support import running
from tests.engine.virtual import Times, run

GROUPS = [f"/aws/amazonmq/broker/b-{number}/general" for number in range(8)]


def test_an_event_waits_until_the_other_log_groups_were_read() -> None:
    """Each is read every few seconds only; what they say is shown in order, and nothing is late.

    Not even with events that are dated ahead among them.
    """
    out = io.BytesIO()

    async def main() -> int:
        times, written = Times(), 0
        async with EmbeddedAws(clock=times.service) as aws:
            for group in GROUPS:
                aws.logs.create_group(group)
                aws.logs.put(group, "b.log", [(times.service(), "before")])
            settings = Settings(tuple(GROUPS), output="json")
            tail = Tail(settings, SignIn(aws.region, endpoint_url=aws.url), clock=times.clock())
            async with running(tail_into(tail, line_of(settings, terminal=False), out)):
                await asyncio.sleep(30)
                for second in range(60):
                    for group in GROUPS:
                        aws.logs.put(group, "b.log", [(times.service(), f"event {second}")])
                        written += 1
                        if group is GROUPS[0]:
                            ahead = times.service() + 300_000
                            aws.logs.put(group, "b.log", [(ahead, "ahead")])
                        await asyncio.sleep(1 / len(GROUPS))
                await asyncio.sleep(30)
        return written

    written = run(main())
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    shown = [line for line in lines if line["message"].startswith("event")]
    assert len(shown) == written
    assert [line["timestamp"] for line in shown] == sorted(line["timestamp"] for line in shown)
    assert not any(line["late"] for line in shown)


def test_an_event_does_not_wait_for_log_groups_that_are_read_far_too_rarely() -> None:
    """With dozens of idle ones beside it, it is shown a few seconds after it came."""

    async def main() -> list[int]:
        times, waits = Times(), []  # type: Times, list[int]

        async def show(events: list[LogEvent]) -> None:
            waits.extend(times.service() - event.timestamp for event in events)

        async with EmbeddedAws(clock=times.service) as aws:
            for number in range(60):
                aws.logs.create_group(f"/idle/{number}")
            aws.logs.create_group("/busy")
            settings = Settings(("/busy", "/idle/*"), output="json")
            tail = Tail(settings, SignIn(aws.region, endpoint_url=aws.url), clock=times.clock())
            async with running(tail.run_in_order(show)):
                for second in range(100):
                    aws.logs.put("/busy", "s", [(times.service(), f"event {second}")])
                    await asyncio.sleep(1)
        # Once it has shown that these take long.
        return waits[70:95]

    assert max(run(main())) < 8_000
