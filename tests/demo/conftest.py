"""Fixtures of the embedded AWS's own tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import botocore.session
import msgspec
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StructureShape,
)

from mqtail.demo.calls import Call
from mqtail.demo.logs_service import LogsService
from mqtail.demo.server import EmbeddedAws

if TYPE_CHECKING:
    from types_aiobotocore_cloudtrail import CloudTrailClient
    from types_aiobotocore_firehose import FirehoseClient
    from types_aiobotocore_kafka import KafkaClient
    from types_aiobotocore_logs import CloudWatchLogsClient
    from types_aiobotocore_mq import MQClient
    from types_aiobotocore_s3 import S3Client

NOW = 1_795_219_200_000
"""2026-11-21T00:00Z."""

TYPES: dict[str, Any] = {
    "string": str,
    "timestamp": str | int | float,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": float,
}
"""What scalar members are on the wire, by their type in AWS's models."""

Ask = Callable[..., dict[str, Any]]
"""Calls an operation by name with parameters, and checks the answer against AWS's model."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        """The time, ms."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The time of `service`."""
    return Clock()


@pytest.fixture
def service(clock: Clock) -> LogsService:
    """CloudWatch Logs without a server around it."""
    return LogsService(clock, "111122223333", "us-east-1")


@pytest.fixture(scope="session")
def operation_model() -> Callable[[str, str], OperationModel]:
    """AWS's own description of an operation, by service and name."""
    session = botocore.session.get_session()
    models: dict[str, ServiceModel] = {}

    def find(service: str, operation: str) -> OperationModel:
        if service not in models:
            models[service] = session.get_service_model(service)
        return models[service].operation_model(operation)

    return find


@pytest.fixture(scope="session")
def check_shape() -> Callable[[Shape | None, Any], None]:
    """Fails where an answer, as on the wire, has other members than AWS's model of it."""
    return lambda shape, value: _check(shape, value, "answer")


def _check(shape: Shape | None, value: Any, path: str) -> None:
    if shape is None:
        assert not value, path
    elif isinstance(shape, StructureShape):
        assert isinstance(value, dict), path
        names = {
            member.serialization.get("name", key): key for key, member in shape.members.items()
        }
        assert value.keys() <= names.keys(), path
        assert set(shape.required_members) <= {names[name] for name in value}, path
        for name, member in value.items():
            _check(shape.members[names[name]], member, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        assert isinstance(value, list), path
        for item in value:
            _check(shape.member, item, f"{path}[]")
    elif isinstance(shape, MapShape):
        assert isinstance(value, dict), path
    else:
        assert isinstance(value, TYPES[shape.type_name]), path
        assert not getattr(shape, "enum", ()) or value in shape.metadata["enum"], path


@pytest.fixture
def ask(
    service: LogsService,
    clock: Clock,
    operation_model: Callable[[str, str], OperationModel],
    check_shape: Callable[[Shape | None, Any], None],
) -> Ask:
    """Calls an operation of `service`; faults that shape pages can be given as `_faults`."""

    def call(
        operation: str,
        _region: str = "us-east-1",
        _faults: dict[str, Any] | None = None,
        **given: Any,
    ) -> dict[str, Any]:
        made = Call("logs", operation, given, clock.now, _region, "key", **(_faults or {}))
        answer: dict[str, Any] = msgspec.to_builtins(service.answer(made))
        check_shape(operation_model("logs", operation).output_shape, answer)
        return answer

    return call


@pytest.fixture(scope="session")
def session() -> AioSession:
    """One session: loading AWS's models is what a client costs."""
    return AioSession()


Connect = Callable[..., Awaitable[Any]]
"""Makes a client by the name of its service; its region and its access key can be other ones."""


@pytest.fixture
async def connect(aws: EmbeddedAws, session: AioSession) -> AsyncIterator[Connect]:
    """Makes clients of `aws` that do not retry."""
    config = AioConfig(retries={"total_max_attempts": 1}, read_timeout=5)
    async with AsyncExitStack() as stack:

        async def client(service: str, region: str = "us-east-1", key: str | None = None) -> Any:
            made = session.create_client(
                service,  # type: ignore[call-overload]
                region_name=region,
                endpoint_url=aws.url,
                config=config,
                aws_access_key_id=key,
                aws_secret_access_key=key,
            )
            return await stack.enter_async_context(made)

        yield client


@pytest.fixture
async def logs(connect: Connect) -> CloudWatchLogsClient:
    """A CloudWatch Logs client."""
    client: CloudWatchLogsClient = await connect("logs")
    return client


@pytest.fixture
async def mq(connect: Connect) -> MQClient:
    """An Amazon MQ client."""
    client: MQClient = await connect("mq")
    return client


@pytest.fixture
async def iam(connect: Connect) -> Any:
    """An IAM client of another region than IAM's."""
    return await connect("iam", "eu-west-1")


@pytest.fixture
async def kms(connect: Connect) -> Any:
    """A KMS client."""
    return await connect("kms")


@pytest.fixture
async def kafka(connect: Connect) -> KafkaClient:
    """An Amazon MSK client."""
    client: KafkaClient = await connect("kafka")
    return client


@pytest.fixture
async def cloudtrail(connect: Connect) -> CloudTrailClient:
    """A CloudTrail client."""
    client: CloudTrailClient = await connect("cloudtrail")
    return client


@pytest.fixture
async def firehose(connect: Connect) -> FirehoseClient:
    """A Firehose client."""
    client: FirehoseClient = await connect("firehose")
    return client


@pytest.fixture
async def s3(connect: Connect) -> S3Client:
    """An S3 client."""
    client: S3Client = await connect("s3")
    return client
