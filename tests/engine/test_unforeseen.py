"""Errors that nobody foresaw: what was read does not come again, and they strike little."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from mqtail.aws.signin import SignIn
from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.settings import Settings
from mqtail.sources import seen
from mqtail.sources.joining import Joiner
from mqtail.sources.objects.assembling import Assembler
from mqtail.status import State
from tests.engine.kafka import deliver, kafka_line, messages
from tests.engine.support import GROUP, STREAM, Bench, Watched, ago, eventually, running
from tests.engine.test_objects_trouble import PLACE, one_each
from tests.engine.virtual import Times, run


@pytest.mark.parametrize("ordered", [False, True], ids=["store", "ordered"])
def test_a_long_history_does_not_come_again(ordered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is older than what ids are remembered for, and goes on from where the error struck."""
    monkeypatch.setattr(seen, "REPEATED", 200)
    join = Joiner.join
    pages = 0

    def fail_once(joiner: Joiner, *arguments: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages == 14:
            raise ZeroDivisionError("by nothing")
        return join(joiner, *arguments)

    monkeypatch.setattr(Joiner, "join", fail_once)

    async def main() -> list[str]:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            aws.logs.scan_limit = 100
            begin = times.service() - 4 * 3_600_000
            aws.logs.put(GROUP, STREAM, [(begin + 1_000 * n, f"{n}") for n in range(2_000)])
            settings, sign_in = (
                Settings((GROUP,), since=begin),
                SignIn(aws.region, endpoint_url=aws.url),
            )
            tail, watched = Tail(settings, sign_in, clock=times.clock()), Watched()
            async with running(tail.run_in_order(watched.show) if ordered else tail.run()):
                await asyncio.sleep(120)
            return messages(watched.events or list(tail.store))

    shown = run(main())
    assert pages > 14
    assert max(Counter(shown).values()) == 1
    # A page is what the error struck.
    assert len(shown) >= 1_900


@pytest.mark.parametrize("live", [False, True], ids=["history", "live"])
async def test_an_error_in_one_object_strikes_no_other(
    bench: Bench, clicks: Cluster, live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is passed over and named, in history and live; nothing else is begun again."""
    take = Assembler.take

    def fail(assembler: Assembler, pieces: list[Any]) -> Any:
        if any("odd" in piece.text for piece in pieces):
            raise ZeroDivisionError("by nothing")
        return take(assembler, pieces)

    def put() -> list[str]:
        deliver(bench.aws, clicks, 1, [kafka_line(ago(540), "odd")], ago(530))
        return list(one_each(bench, clicks, 10).values())

    monkeypatch.setattr(Assembler, "take", fail)
    written = [] if live else put()
    async with bench.following("clicks", **PLACE) as run:
        if live:
            await eventually(lambda: bool(run.tail.readers) and run.tail.readers[0].complete_to > 0)
            written = put()
        await run.watched.until_seen(*written)
        (status,) = run.tail.readers
        await eventually(lambda: (status.state, status.passed_over) == (State.LIVE, 1))
        assert "ZeroDivisionError: by nothing" in status.problem
        assert run.tail.notes == []
    assert Counter(messages(run.watched.events)) == Counter(written)
