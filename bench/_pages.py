"""A server in a process of its own that answers FilterLogEvents with pages made beforehand.

It costs next to nothing per request, so what is measured is the client.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

from bench._processes import serving

PAGE = 10_000
"""FilterLogEvents: events of a page at the most."""

STREAM = "activemq-b-1-1.log"

LINE = (
    "2026-11-20 23:24:54,411 | INFO  | Connection worker-{n} from tcp://10.20.30.4:{n} is served "
    "| org.apache.activemq.broker.TransportConnection | ActiveMQ Transport: tcp:///10.20.30.4:{n}"
)


def page_body(first: int, count: int, start: int, token: str | None) -> bytes:
    """One page as the service writes it: events from number `first` on, 5 ms apart."""
    events = [
        {
            "logStreamName": STREAM,
            "timestamp": start + 5 * n,
            "message": LINE.format(n=n),
            "ingestionTime": start + 5 * n + 800,
            "eventId": f"{n:056d}",
        }
        for n in range(first, first + count)
    ]
    body: dict[str, Any] = {"events": events, "searchedLogStreams": []}
    return json.dumps(body | ({"nextToken": token} if token else {})).encode()


def served_pages(events: int) -> AbstractContextManager[str]:
    """Serve that many events of the last minutes; gives the endpoint URL."""
    return serving(_serve, events)


def _serve(events: int, pipe: Connection) -> None:
    asyncio.run(_run(events, pipe))


async def _run(events: int, pipe: Connection) -> None:
    start = int(time.time() * 1000) - 5 * events - 60_000
    pages = [
        page_body(first, min(PAGE, events - first), start, str(first // PAGE + 1))
        for first in range(0, events, PAGE)
    ]
    pages[-1] = page_body(events - len_last(events), len_last(events), start, None)

    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        if request.headers["X-Amz-Target"].endswith("FilterLogEvents"):
            # Oldest first, whatever is asked for: an engine must bear that.
            return web.Response(body=pages[int(body.get("nextToken", 0))])
        group = {"logGroupName": "/bench", "arn": "arn:aws:logs:us-east-1:1:log-group:/bench:*"}
        return web.json_response({"logGroups": [group], "logStreams": [{"logStreamName": STREAM}]})

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(f"http://127.0.0.1:{runner.addresses[0][1]}")
    await asyncio.Event().wait()


def len_last(events: int) -> int:
    """Events of the last page."""
    return events % PAGE or PAGE
