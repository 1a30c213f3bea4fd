"""The embedded AWS: an HTTP server on loopback that real AWS clients talk to."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

from aiohttp import web

from mqtail.clock import wall_clock_ms
from mqtail.demo.api_records import RECORDED, broker_record, call_record
from mqtail.demo.calls import Call, Payload, ServiceError, unknown_operation
from mqtail.demo.cloudtrail_service import CloudTrailService, Record
from mqtail.demo.delivery_rights import DeliveryRights
from mqtail.demo.fault_schedule import Faults
from mqtail.demo.faults import DropConnection, Fault, Surroundings, Transfer, wait_unless
from mqtail.demo.firehose_service import FirehoseService
from mqtail.demo.iam_service import IamService
from mqtail.demo.identities import user_identity
from mqtail.demo.kafka_service import KafkaService
from mqtail.demo.kms_service import KmsService
from mqtail.demo.log_delivery import LogDelivery, Sources
from mqtail.demo.logs_service import LogsService
from mqtail.demo.mq_service import Broker, MqService
from mqtail.demo.opensearch_service import OpenSearchService
from mqtail.demo.s3_service import S3Service
from mqtail.demo.service import Service
from mqtail.demo.sso_service import SsoService
from mqtail.demo.story.play import Play
from mqtail.demo.story.stage import Stage
from mqtail.demo.sts_service import StsService
from mqtail.demo.wire import JsonWire, Wire, read_scope

_log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 16 * 1024 * 1024
"""A batch of PutLogEvents is 1 MB at most; as JSON it can be several times as long."""

MAX_CALLS = 20_000
"""So many calls are remembered; the older half is forgotten then."""


class EmbeddedAws:
    """Some services of AWS in memory, spoken to over HTTP on loopback.

    Any credentials are accepted. The region is that of the request's signature; what is added
    without naming a region is in `region`.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id.
        region: region of the story and of what is added without one.
        story: load an hour of the brokers' history at the start, and go on telling it.
        live: with `story`: go on; without it the history is all.
        wrong_setups: with `story`: add brokers and a cluster whose logging is set up wrongly.

    Attributes:
        logs: CloudWatch Logs, to fill and to look at.
        mq: Amazon MQ, to add brokers to.
        kafka: Amazon MSK, to add clusters to.
        s3: S3, to put objects into.
        firehose: Firehose, to add delivery streams to.
        opensearch: OpenSearch, to add domains and documents to.
        cloudtrail: CloudTrail, to put records into.
        sts: STS, to add access keys to.
        sso: IAM Identity Center's portal, to say who has signed in.
        iam: IAM, to add users and roles to.
        kms: KMS, to add keys to.
        delivery: log delivery, to look what can be delivered after a change by other than a call.
        faults: what goes wrong.
        calls: the calls that came in, oldest first; of very many the older ones are forgotten.
        own_writes: calls by mqtail itself that change something; none is forgotten.
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
        wrong_setups: bool = False,
    ) -> None:
        self.clock = clock
        self.account = account
        self.region = region
        self.logs = LogsService(clock, account, region)
        self.mq = MqService(clock, account, region)
        self.kafka = KafkaService(clock, account, region)
        self.sts = StsService(clock, account, region)
        self.sso = SsoService(clock, account, region, self.sts)
        self.iam = IamService(clock, account, region)
        self.kms = KmsService(clock, account, region)
        self.s3 = S3Service(clock, account, region)
        self.cloudtrail = CloudTrailService(clock, account, region, self.s3)
        self.firehose = FirehoseService(clock, account, region, self.s3)
        self.opensearch = OpenSearchService(clock, account, region, lambda: self.url)
        sources = Sources(self.mq, self.kafka, self.logs, self.s3, self.firehose)
        rights = DeliveryRights(self.logs, self.iam, self.s3, self.kms)
        self.delivery = LogDelivery(clock, sources, rights)
        self.mq.changed = self.kafka.changed = self.delivery.look
        stage = Stage(
            logs=self.logs,
            mq=self.mq,
            kafka=self.kafka,
            s3=self.s3,
            firehose=self.firehose,
            cloudtrail=self.cloudtrail,
            iam=self.iam,
            kms=self.kms,
        )
        self.play = Play(stage, region, wrong=wrong_setups) if story else None
        # By the name that requests are signed for.
        self._services: dict[str, Service] = {
            "logs": self.logs,
            "mq": self.mq,
            "kafka": self.kafka,
            "sts": self.sts,
            "sso": self.sso,
            "iam": self.iam,
            "kms": self.kms,
            "s3": self.s3,
            "firehose": self.firehose,
            "es": self.opensearch,
            "cloudtrail": self.cloudtrail,
        }
        self.faults = Faults()
        self.calls: list[Call] = []
        self.own_writes: list[Call] = []
        self._live = live
        self._telling: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self._url = ""
        _servers.add(self)

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

    def writes(self) -> list[Call]:
        """The calls that change something, oldest first, whoever made them."""
        return [call for call in self.calls if call.writes]

    def record_call(
        self,
        operation: str,
        broker: Broker,
        by: str,
        *,
        at: int | None = None,
        denied: bool = False,
    ) -> Record:
        """Put a call that concerns a broker into the event history: who created or rebooted it.

        Args:
            operation: `CreateBroker`, `RebootBroker`...
            broker: the broker.
            by: ARN of who called: a user, a role's session, the root of an account.
            at: when (ms); None: now.
            denied: IAM did not allow it.
        """
        at = self.clock() if at is None else at
        record = broker_record(operation, broker, self._identity(by), at, denied=denied)
        return self.cloudtrail.put(record)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        transfer = Transfer()
        try:
            payload = await self._answer(request, transfer)
            return await self._send(request, payload, transfer)
        except (DropConnection, ConnectionError):
            _reset(request)
            return web.Response(status=500)

    async def _answer(self, request: web.Request, transfer: Transfer) -> Payload:
        """What is sent back, and how.

        Raises:
            DropConnection: nothing is.
        """
        # Before the service is known, errors are told as most services tell them.
        wire: Wire = JsonWire()
        operation = ""
        try:
            scope = read_scope(request)
            if scope.service not in self._services:
                raise unknown_operation(f"{request.method} {request.path}")
            service = self._services[scope.service]
            wire = service.wire
            operation, parameters = wire.read(request, await request.read())
            call = Call(
                scope.service,
                operation,
                parameters,
                self.clock(),
                region=scope.region,
                access_key=scope.access_key,
                signed=scope.signed,
                agent=request.headers.get("User-Agent", ""),
                caller=self.sts.caller_arn(scope.access_key),
            )
            faults = self._remember(call)
            around = Surroundings(service.permission, self._stopping)
            for fault in faults:
                fault.shape(transfer)
            for fault in faults:
                await fault.strike(call, around)
            result = service.answer(call)
            if call.writes:
                self._changed(call, result)
            payload = wire.answer(operation, result)
            for fault in faults:
                fault.spoil(payload)
            return payload
        except DropConnection:
            raise
        except ServiceError as error:
            failure = error
        except web.HTTPRequestEntityTooLarge:
            failure = ServiceError("RequestEntityTooLargeException", "Too large.", 413)
        except Exception:
            _log.exception("A call of the embedded AWS failed")
            failure = ServiceError("InternalFailure", "It failed.", 500)
        return wire.error(operation, failure)

    def _changed(self, call: Call, result: Any) -> None:
        """What follows from a call that changed something: its record, and delivery of logs."""
        if call.service in RECORDED:
            identity = self._identity(call.caller) | {"accessKeyId": call.access_key}
            self.cloudtrail.put(call_record(call, result, identity))
        self.delivery.look()

    def _identity(self, arn: str) -> dict[str, Any]:
        """Who it is, as a record of CloudTrail tells it."""
        return user_identity(arn, self.iam.behind(arn))

    def _remember(self, call: Call) -> list[Fault]:
        """Take a call into the list, and give the faults that it meets."""
        if call.own and call.writes:
            self.own_writes.append(call)
        if len(self.calls) >= MAX_CALLS:
            del self.calls[: MAX_CALLS // 2]
        self.calls.append(call)
        return self.faults.meeting(call)

    async def _send(
        self, request: web.Request, payload: Payload, transfer: Transfer
    ) -> web.StreamResponse:
        """Send an answer.

        Raises:
            DropConnection: only a part of it was to be sent.
        """
        date = self.clock() / 1000 + transfer.date_off
        payload.headers["Date"] = formatdate(date, usegmt=True)
        body = payload.body
        as_usual = transfer.share == 1 and not transfer.pause and request.method != "HEAD"
        if isinstance(body, bytes) and as_usual:
            return web.Response(body=body, status=payload.status, headers=payload.headers)
        response = web.StreamResponse(status=payload.status, headers=payload.headers)
        response.content_length = len(body)
        await response.prepare(request)
        if request.method != "HEAD":
            view = memoryview(body)[: int(len(body) * transfer.share)]
            for begin in range(0, len(view), transfer.piece):
                if begin and transfer.pause:
                    await wait_unless(self._stopping, transfer.pause)
                await response.write(view[begin : begin + transfer.piece])
        if transfer.share < 1:
            raise DropConnection
        return response


def servers() -> list[EmbeddedAws]:
    """The servers that were made in this process and are still referred to."""
    return list(_servers)


_servers: WeakSet[EmbeddedAws] = WeakSet()


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
