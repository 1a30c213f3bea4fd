"""aiobotocore clients: one session, each made when it is first needed, all closed at the end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioRefreshableCredentials
from aiobotocore.session import AioSession
from botocore.credentials import CredentialProvider

from mqtail.aws.decoding import hook_filter_log_events
from mqtail.aws.signin import ROLE_SESSION_NAME, SignIn, share_service_data

if TYPE_CHECKING:
    from types_aiobotocore_logs import CloudWatchLogsClient
    from types_aiobotocore_mq import MQClient

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30


class Clients:
    """The AWS clients of one account and region. Use as an async context manager.

    Args:
        sign_in: what `mqtail.aws.signin.sign_in` has found out.
    """

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._stack = AsyncExitStack()
        self._clients: dict[str, Any] = {}
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
        await self._stack.aclose()

    async def logs(self) -> CloudWatchLogsClient:
        """CloudWatch Logs. FilterLogEvents answers carry `page`, see `mqtail.aws.decoding`.

        It does not retry by itself: readers do, within their budget and where it can be seen.
        """
        async with self._making:
            if "logs" not in self._clients:
                client = await self._client("logs", attempts=1)
                client.meta.events.register(
                    "before-parse.cloudwatch-logs.FilterLogEvents", hook_filter_log_events
                )
        return cast("CloudWatchLogsClient", self._clients["logs"])

    async def mq(self) -> MQClient:
        """Amazon MQ."""
        async with self._making:
            if "mq" not in self._clients:
                await self._client("mq", attempts=3)
        return cast("MQClient", self._clients["mq"])

    async def _client(self, service: str, *, attempts: int) -> Any:
        # With --role-arn the keys only serve to assume the role, see _RoleProvider.
        keys = {} if self._sign_in.role_arn else key_arguments(self._sign_in)
        create_client: Any = self._session.create_client
        self._clients[service] = await self._stack.enter_async_context(
            create_client(
                service,
                region_name=self._sign_in.region,
                endpoint_url=self._sign_in.endpoint_url,
                config=AioConfig(
                    connect_timeout=CONNECT_TIMEOUT_S,
                    read_timeout=READ_TIMEOUT_S,
                    retries={"mode": "standard", "total_max_attempts": attempts},
                    inject_host_prefix=self._sign_in.endpoint_url is None,
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
