"""The embedded AWS: an HTTP server on loopback that real AWS clients talk to."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from mqtail.clock import wall_clock_ms
from mqtail.demo import wire
from mqtail.demo.calls import Call, ServiceError
from mqtail.demo.faults import DropConnection, Fault, Faults, Surroundings
from mqtail.demo.logs_service import LogsService
from mqtail.demo.mq_service import MqService
from mqtail.demo.story.play import Play
from mqtail.demo.sts_service import StsService

_log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 16 * 1024 * 1024
"""A batch of PutLogEvents is 1 MB at most; as JSON it can be several times as long."""

MAX_CALLS = 20_000
"""So many calls are remembered; the older half is forgotten then."""


class EmbeddedAws:
    """sts, mq and CloudWatch Logs in memory, spoken to over HTTP on loopback.

    Any credentials are accepted. The region is that of the request's signature; what is added
    without naming a region is in `region`.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id.
        region: region of the story and of what is added without one.
        story: load an hour of the brokers' history at the start, and go on telling it.
        live: with `story`: go on; without it the history is all.

    Attributes:
        logs: CloudWatch Logs, to fill and to look at.
        mq: Amazon MQ, to add brokers to.
        sts: STS.
        faults: what goes wrong.
        calls: the calls that came in, oldest first.
        play: the story, None without one.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], int] = wall_clock_ms,
        account: str = "111122223333",
        region: str = "us-east-1",
        story: bool = False,
        live: bool = True,
    ) -> None:
        self.clock = clock
        self.account = account
        self.region = region
        self.logs = LogsService(clock, account, region)
        self.mq = MqService(clock, account, region)
        self.sts = StsService(clock, account)
        self.faults = Faults()
        self.calls: list[Call] = []
        self.play = Play(self.logs, self.mq, region) if story else None
        self._live = live
        self._telling: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self._url = ""

    @property
    def url(self) -> str:
        """Endpoint URL for clients.

        Raises:
            RuntimeError: the server is not running.
        """
        if self._runner is None:
            raise RuntimeError("The embedded AWS is not running.")
        return self._url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on a loopback address, on a free port unless one is given.

        Raises:
            ValueError: the address is not on loopback.
            OSError: the port is taken.
        """
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"The embedded AWS listens on loopback only, not on {host}.")
        # Events belong to the loop that waits for them first, so each start makes its own.
        self._stopping = asyncio.Event()
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError:
            await runner.cleanup()
            raise
        bound = runner.addresses[0]
        self._runner = runner
        self._url = f"http://[{host}]:{bound[1]}" if ":" in host else f"http://{host}:{bound[1]}"
        if self.play is not None:
            self.play.open(self.clock())
            if self._live:
                self._telling = asyncio.create_task(self.play.tell(), name="story")

    async def stop(self) -> None:
        """Stop listening; calls that hang are dropped. Nothing happens if it is not running."""
        self._stopping.set()
        if self._telling is not None:
            self._telling.cancel()
            with suppress(asyncio.CancelledError):
                await self._telling
            self._telling = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def calls_of(self, operation: str) -> list[Call]:
        """The calls of one operation, oldest first."""
        return [call for call in self.calls if call.operation == operation]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        protocol = wire.protocol_of(request)
        try:
            call = await wire.read_call(request, self.clock())
            return await self._answer(call, protocol)
        except ServiceError as error:
            return wire.encode_error(protocol, error)
        except DropConnection:
            _reset(request)
            return web.Response(status=500)
        except web.HTTPRequestEntityTooLarge:
            too_large = ServiceError("RequestEntityTooLargeException", "Too large.", 413)
            return wire.encode_error(protocol, too_large)
        except Exception:
            _log.exception("A call of the embedded AWS failed")
            return wire.encode_error(protocol, ServiceError("InternalFailure", "It failed.", 500))

    async def _answer(self, call: Call, protocol: wire.Protocol) -> web.Response:
        if len(self.calls) >= MAX_CALLS:
            del self.calls[: MAX_CALLS // 2]
        self.calls.append(call)
        faults: list[Fault] = self.faults.meeting(call)
        around = Surroundings(self.account, self.sts.caller_arn, self._stopping)
        for fault in faults:
            await fault.strike(call, around)
        response = wire.encode_answer(protocol, call.operation, self._result(call))
        for fault in faults:
            if isinstance(response.body, bytes):
                response.body = fault.spoil(response.body)
        return response

    def _result(self, call: Call) -> Any:
        if call.service == "logs":
            return self.logs.answer(call)
        if call.service == "mq":
            return self.mq.answer(call)
        if call.service == "sts":
            return self.sts.answer(call)
        raise wire.no_service(call.operation)


def _reset(request: web.Request) -> None:
    """Close a connection with a reset instead of an orderly end."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        # Lingering for no time at all makes the close a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
