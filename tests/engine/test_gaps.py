"""What is told of an outage, and of the requests made: in virtual time, over real HTTP."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime

import pytest

from mqtail.aws.signin import SignIn
from mqtail.demo.faults import EmptyPages, ServerError, Throttle
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.pipe import line_of, tail_into
from mqtail.settings import Settings
from mqtail.status import OlderState, ReaderStatus
from tests.engine.deliveries import Documents
from tests.engine.support import GROUP, STREAM, Bench, ago, eventually, running
from tests.engine.virtual import Times, run


def test_an_outage_is_told_when_it_was_read_up_on(capsys: pytest.CaptureFixture[str]) -> None:
    """When it began, why, that it is over, and that nothing of it is missing; the summary, too."""
    out = io.BytesIO()

    async def main() -> ReaderStatus:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            aws.logs.put(GROUP, STREAM, [(times.service(), "before")])
            settings = Settings((GROUP,), output="raw", summary=True)
            sign_in = SignIn(aws.region, endpoint_url=aws.url)
            tail = Tail(settings, sign_in, clock=times.clock())
            async with running(tail_into(tail, line_of(settings, terminal=False), out)):
                await asyncio.sleep(20)
                down = aws.faults.add(ServerError(503), operation="FilterLogEvents")
                await asyncio.sleep(120)
                aws.logs.put(GROUP, STREAM, [(times.service(), "meanwhile")])
                down.remove()
                await asyncio.sleep(60)
                (status,) = tail.readers
                assert times.service() - status.complete_to < 5_000
            asked = [call for call in aws.calls if call.service == "logs"]
            # Finding the log group is no source's request.
            assert status.requests == len(asked) - len(aws.calls_of("DescribeLogGroups"))
            assert status.retries == down.hits
        return status

    status = run(main())
    assert out.getvalue().split() == [b"before", b"meanwhile"]
    (gap,) = status.interruptions
    begin, end = (
        f"{datetime.fromtimestamp(ms // 1000, UTC):%H:%M:%S}" for ms in (gap.begin, gap.end)
    )
    told = capsys.readouterr().err
    sentence = f"could not be read from {begin} to {end} ({gap.reason.rstrip('.')}); it was read"
    assert told.count(f"mqtail: {GROUP}: reading again.\n") == 1
    assert told.count(f"mqtail: {GROUP}: {sentence} afterwards.\n") == 1
    assert told.index("reading again") < told.index(f"mqtail: {GROUP}: {sentence}")
    summary = told[told.index("source ") :].splitlines()
    assert summary[1].startswith("b-1 general  live")
    assert f"b-1 general: {sentence} afterwards." in summary


def test_throttling_that_comes_and_goes_is_told_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """However often it does; its end once more when it has stayed away, with all its gaps."""

    async def main() -> None:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            aws.logs.put(GROUP, STREAM, [(times.service(), "before")])
            settings = Settings((GROUP,), output="raw")
            tail = Tail(settings, SignIn(aws.region, endpoint_url=aws.url), clock=times.clock())
            line = line_of(settings, terminal=False)
            async with running(tail_into(tail, line, io.BytesIO())):
                for _ in range(14):
                    await asyncio.sleep(5)
                    throttled = aws.faults.add(Throttle(), operation="FilterLogEvents")
                    await asyncio.sleep(10)
                    throttled.remove()
                await asyncio.sleep(120)
            assert len(tail.readers[0].interruptions) > 2

    run(main())
    told = capsys.readouterr().err
    assert told.count("mqtail: AWS throttles") == 2
    assert told.count(f"mqtail: {GROUP}: reading again.\n") == 2
    assert told.count(" times from ") == 1
    assert told.count(f"mqtail: {GROUP}: could not be read") <= 2


def test_that_a_log_group_is_behind_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Although each round of reading takes longer or shorter than the one before."""

    async def main() -> None:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            aws.logs.put(GROUP, STREAM, [(times.service(), "before")])
            settings = Settings((GROUP,), output="raw", max_requests=0.2)
            tail = Tail(settings, SignIn(aws.region, endpoint_url=aws.url), clock=times.clock())
            line = line_of(settings, terminal=False)
            reasons = set()
            async with running(tail_into(tail, line, io.BytesIO())):
                for pages in (4, 6, 8, 5):
                    many = aws.faults.add(EmptyPages(pages), operation="FilterLogEvents")
                    for _ in range(60):
                        await asyncio.sleep(1)
                        reasons.add(tail.readers[0].reason)
                    many.remove()
            assert len(reasons) > 3

    run(main())
    told = capsys.readouterr().err
    assert told.count("mqtail: One round of reading") == 1


async def test_looking_up_how_far_back_a_group_goes_is_a_request(bench: Bench) -> None:
    """As every other that is made for a source."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(1), "before")])
    tail = await bench.stored()
    (status,) = tail.readers
    requests, asked = status.requests, len(bench.aws.calls)
    tail.read_older()
    await eventually(lambda: tail.older.state in (OlderState.IDLE, OlderState.COMPLETE))
    assert bench.aws.calls_of("DescribeLogGroups")
    assert status.requests - requests == len(bench.aws.calls) - asked > 1


async def test_looking_up_a_search_domain_is_a_request(documents: Documents) -> None:
    """As are looking up its stream, and searching."""
    documents.add_stream()
    tail = await documents.bench.stored("clicks", **documents.arguments())
    (status,) = [reader for reader in tail.readers if reader.destination == "firehose"]
    calls = [call for call in documents.aws.calls if call.service not in ("kafka", "mq")]
    assert len(documents.aws.calls_of("DescribeDomain")) == 1
    assert status.requests == len(calls)
