"""Tails that meet more than they hold: a full buffer, and answers that do not end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from mqtail.aws.signin import SignIn
from mqtail.engine import Tail
from mqtail.errors import TargetError
from mqtail.status import OlderState
from tests.engine.support import GROUP, STREAM, Bench, ago, eventually

MB = 1_000_000


async def test_messages_of_a_megabyte_fill_the_buffer_soon(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest are kept and go on coming; it is said once, and why nothing older is read."""
    monkeypatch.setattr("mqtail.store.LEAST_TEXT", 10 * MB)
    text = "x" * (MB - 100)
    put = [(ago(300 - i), f"{i:03} {text}") for i in range(30)]
    bench.aws.logs.put(GROUP, STREAM, put)
    async with bench.filling(buffer=1_000) as run:
        await eventually(lambda: run.tail.older.state is not OlderState.READING)
        await eventually(lambda: bool(run.tail.store.dropped))
        bench.aws.logs.put(GROUP, STREAM, [(ago(0), f"new {text}")])
        await run.watched.until(lambda events: any(e.message[:3] == "new" for e in events))
        store = run.tail.store
        run.tail.read_older()
        assert run.tail.older.state is OlderState.FULL
        assert "it holds 10 MB of text" in run.tail.older.reason
        assert store.text_bytes <= 10.2 * MB
        assert [event.message[:3] for event in store] == [f"{n:03}" for n in range(21, 30)] + [
            "new"
        ]
        (note,) = run.tail.notes
    assert note.startswith("The buffer is full: it holds the newest 10 MB of text, and events")


@asynccontextmanager
async def endless_answers() -> AsyncIterator[str]:
    """Something that answers for AWS, and never comes to an end; gives its URL."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if not request.headers["X-Amz-Target"].endswith("FilterLogEvents"):
            group = {"logGroupName": GROUP, "arn": f"arn:aws:logs:us-east-1:1:log-group:{GROUP}:*"}
            return web.json_response({"logGroups": [group], "logStreams": []})
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"events": [')
        while True:
            await response.write(b" " * 100_000)

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_an_answer_without_end_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a sentence, after a bounded number of bytes."""
    for module in ("bounded", "failures"):
        monkeypatch.setattr(f"mqtail.aws.{module}.MOST_BYTES", MB)
    async with endless_answers() as url:
        tail = Tail(bench.settings(follow=False), SignIn("us-east-1", endpoint_url=url))
        with pytest.raises(TargetError, match=r"sent more than 1 MB while reading") as refused:
            await tail.run()
    assert "--endpoint-url" in refused.value.hint
