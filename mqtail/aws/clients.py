"""aiobotocore clients: one session, each made when it is first needed, all closed at the end."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import aiohttp
from aiobotocore.config import AioConfig

from mqtail.aws.bounded import ANSWER_TIMEOUT_S, BoundedSession
from mqtail.aws.credentials import RenewableCredentials, new_session
from mqtail.aws.decoding import hook_filter_log_events
from mqtail.aws.service_time import SigningTime
from mqtail.aws.signin import SignIn
from mqtail.clock import Clock

if TYPE_CHECKING:
    from types_aiobotocore_cloudtrail import CloudTrailClient
    from types_aiobotocore_firehose import FirehoseClient
    from types_aiobotocore_iam import IAMClient
    from types_aiobotocore_kafka import KafkaClient
    from types_aiobotocore_kms import KMSClient
    from types_aiobotocore_logs import CloudWatchLogsClient
    from types_aiobotocore_mq import MQClient
    from types_aiobotocore_opensearch import OpenSearchServiceClient
    from types_aiobotocore_s3 import S3Client

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30
"""Without a further byte."""


class Clients:
    """The AWS clients of one account and region. Use as an async context manager.

    Args:
        sign_in: what `mqtail.aws.signin.sign_in` has found out.
        clock: tells the service's time, which it learns from all answers.

    Attributes:
        credentials: what they sign with, for requests that no client makes, too.
        time: the same of the time.
    """

    NOT_REPEATING = frozenset({"logs", "s3", "firehose", "opensearch", "cloudtrail"})
    """Clients that do not retry by themselves: who calls does, within a budget and where it can be
    seen."""

    def __init__(self, sign_in: SignIn, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.time = SigningTime(self.clock)
        self.credentials = RenewableCredentials(sign_in, self.time)
        self._sign_in = sign_in
        self._stack = AsyncExitStack()
        self._clients: dict[str, Any] = {}
        self._http: aiohttp.ClientSession | None = None
        # Readers that start at once must not make a client each.
        self._making = asyncio.Lock()
        self._session = new_session(sign_in, self.time, self.credentials)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clients.clear()
        self._http = None
        await self._stack.aclose()

    @property
    def region(self) -> str:
        """The region that all clients are of."""
        return self._sign_in.region

    @property
    def account(self) -> str:
        """Our account's id; empty where it is not known."""
        return self._sign_in.account

    async def logs(self) -> CloudWatchLogsClient:
        """CloudWatch Logs. FilterLogEvents answers carry `page`, see `mqtail.aws.decoding`."""
        async with self._making:
            if "logs" not in self._clients:
                client = await self._client("logs")
                client.meta.events.register(
                    "before-parse.cloudwatch-logs.FilterLogEvents", hook_filter_log_events
                )
        return cast("CloudWatchLogsClient", self._clients["logs"])

    async def mq(self) -> MQClient:
        """Amazon MQ."""
        return cast("MQClient", await self._made("mq"))

    async def kafka(self) -> KafkaClient:
        """Amazon MSK."""
        return cast("KafkaClient", await self._made("kafka"))

    async def s3(self) -> S3Client:
        """S3."""
        return cast("S3Client", await self._made("s3"))

    async def firehose(self) -> FirehoseClient:
        """Data Firehose."""
        return cast("FirehoseClient", await self._made("firehose"))

    async def opensearch(self) -> OpenSearchServiceClient:
        """OpenSearch Service, for its domains; searching them is not an AWS API."""
        return cast("OpenSearchServiceClient", await self._made("opensearch"))

    async def cloudtrail(self) -> CloudTrailClient:
        """CloudTrail."""
        return cast("CloudTrailClient", await self._made("cloudtrail"))

    async def iam(self) -> IAMClient:
        """IAM."""
        return cast("IAMClient", await self._made("iam"))

    async def kms(self) -> KMSClient:
        """KMS."""
        return cast("KMSClient", await self._made("kms"))

    async def http(self) -> aiohttp.ClientSession:
        """For requests that no client makes; closed with the clients."""
        async with self._making:
            if self._http is None:
                bundle = self._session.get_config_variable("ca_bundle")
                self._http = await self._stack.enter_async_context(
                    aiohttp.ClientSession(
                        connector=aiohttp.TCPConnector(
                            ssl=ssl.create_default_context(cafile=bundle or None)
                        ),
                        timeout=aiohttp.ClientTimeout(
                            total=ANSWER_TIMEOUT_S,
                            connect=CONNECT_TIMEOUT_S,
                            sock_read=READ_TIMEOUT_S,
                        ),
                        trust_env=True,
                    )
                )
        return self._http

    async def _made(self, service: str) -> Any:
        async with self._making:
            if service not in self._clients:
                await self._client(service)
        return self._clients[service]

    async def _client(self, service: str) -> Any:
        create_client: Any = self._session.create_client
        own = self._sign_in.endpoint_url is None
        attempts = 1 if service in self.NOT_REPEATING else 3
        self._clients[service] = await self._stack.enter_async_context(
            create_client(
                service,
                region_name=self._sign_in.region,
                endpoint_url=self._sign_in.endpoint_url,
                config=AioConfig(
                    connect_timeout=CONNECT_TIMEOUT_S,
                    read_timeout=READ_TIMEOUT_S,
                    retries={"mode": "standard", "total_max_attempts": attempts},
                    inject_host_prefix=own,
                    # Bucket names as hosts need a name server that knows them.
                    s3={"addressing_style": "auto" if own else "path"},
                    user_agent_appid="mqtail",
                    http_session_cls=BoundedSession,
                ),
            )
        )
        return self._clients[service]
