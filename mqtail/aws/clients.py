"""aiobotocore clients: one session, each made when it is first needed, all closed at the end."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioCredentials, AioRefreshableCredentials
from aiobotocore.session import AioSession
from botocore.credentials import CredentialProvider
from botocore.exceptions import NoCredentialsError

from mqtail.aws.decoding import hook_filter_log_events
from mqtail.aws.signin import ROLE_SESSION_NAME, SignIn, share_service_data

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


class Clients:
    """The AWS clients of one account and region. Use as an async context manager.

    Args:
        sign_in: what `mqtail.aws.signin.sign_in` has found out.
    """

    NOT_REPEATING = frozenset({"logs", "s3", "firehose", "opensearch", "cloudtrail"})
    """Clients that do not retry by themselves: who calls does, within a budget and where it can be
    seen."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._stack = AsyncExitStack()
        self._clients: dict[str, Any] = {}
        self._http: aiohttp.ClientSession | None = None
        # Readers that start at once must not make a client each.
        self._making = asyncio.Lock()
        self._session = _session(sign_in)
        if sign_in.role_arn:
            resolver = self._session.get_component("credential_provider")
            # First in line; `env`, before which it could go, is not there with a profile.
            resolver.providers.insert(0, _RoleProvider(sign_in))

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
                            connect=CONNECT_TIMEOUT_S, sock_read=READ_TIMEOUT_S
                        ),
                        trust_env=True,
                    )
                )
        return self._http

    async def credentials(self) -> AioCredentials:
        """The credentials that the clients sign with, for requests that no client makes.

        Raises:
            NoCredentialsError: there are none.
        """
        keys = self._sign_in.session_keys
        if keys is not None and not self._sign_in.role_arn:
            return AioCredentials(keys.access_key or "", keys.secret_key or "", keys.token)
        found: AioCredentials | None = await self._session.get_credentials()
        if found is None:
            raise NoCredentialsError
        return found

    async def _made(self, service: str) -> Any:
        async with self._making:
            if service not in self._clients:
                await self._client(service)
        return self._clients[service]

    async def _client(self, service: str) -> Any:
        # With --role-arn the keys only serve to assume the role, see _RoleProvider.
        keys = {} if self._sign_in.role_arn else key_arguments(self._sign_in)
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
                ),
                **keys,
            )
        )
        return self._clients[service]


def key_arguments(sign_in: SignIn) -> dict[str, str | None]:
    """The keys of an MFA session as `create_client` takes them; empty: the SDK finds its own."""
    keys = sign_in.session_keys
    if keys is None:
        return {}
    return {
        "aws_access_key_id": keys.access_key,
        "aws_secret_access_key": keys.secret_key,
        "aws_session_token": keys.token,
    }


def _session(sign_in: SignIn) -> AioSession:
    session = AioSession(profile=sign_in.profile)
    share_service_data(session)
    return session


class _RoleProvider(CredentialProvider):
    """Credentials of `--role-arn`, assumed with the ordinary ones, renewed before they expire."""

    METHOD = "mqtail-role-arn"
    CANONICAL_NAME = None

    def __init__(self, sign_in: SignIn) -> None:
        super().__init__()
        self._sign_in = sign_in

    async def load(self) -> AioRefreshableCredentials:
        return AioRefreshableCredentials.create_from_metadata(
            metadata=await self._assume(), refresh_using=self._assume, method=self.METHOD
        )

    async def _assume(self) -> dict[str, str]:
        create_client: Any = _session(self._sign_in).create_client
        async with create_client(
            "sts",
            region_name=self._sign_in.region,
            endpoint_url=self._sign_in.endpoint_url,
            **key_arguments(self._sign_in),
        ) as sts:
            answer = await sts.assume_role(
                RoleArn=self._sign_in.role_arn, RoleSessionName=ROLE_SESSION_NAME
            )
        keys = answer["Credentials"]
        return {
            "access_key": keys["AccessKeyId"],
            "secret_key": keys["SecretAccessKey"],
            "token": keys["SessionToken"],
            "expiry_time": keys["Expiration"].isoformat(),
        }
