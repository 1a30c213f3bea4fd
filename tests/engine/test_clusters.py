"""From names to MSK clusters, and from their settings to logs."""

from __future__ import annotations

import pytest

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.signin import SignIn
from mqtail.demo.faults import AccessDenied, ExpiredCredentials
from mqtail.demo.kafka_clusters import Destinations
from mqtail.demo.server import EmbeddedAws
from mqtail.discovery import Discovery
from mqtail.errors import CredentialsError, TargetError, UsageError
from mqtail.logs import ApiCalls, LogGroup
from mqtail.targets import Target


class Finder:
    """Finds targets on an embedded AWS."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.notes: list[str] = []

    async def __call__(self, *names: str) -> list[Target]:
        """The targets of names."""
        sign_in = SignIn(region=self.aws.region, endpoint_url=self.aws.url)
        async with Clients(sign_in) as clients:
            return await Discovery(clients, Budget(1000), self.aws.region, self.notes).find(names)


@pytest.fixture
def find(aws: EmbeddedAws) -> Finder:
    """Finds targets."""
    return Finder(aws)


def places(target: Target) -> list[str]:
    """Kind, destination and place of each log."""
    return [f"{log.kind} {log.destination} {log.place}" for log in target.logs]


async def test_every_enabled_destination_is_a_log(find: Finder) -> None:
    """The fastest first; what is switched off is none."""
    find.aws.kafka.add_cluster(
        "clicks", cloudwatch="/msk/clicks", s3=("logs", "msk"), firehose="clicks-stream"
    )
    find.aws.kafka.add_cluster(
        "half", cloudwatch="/msk/half", s3=("logs", ""), disabled=["cloudwatch"]
    )
    (clicks,) = await find("clicks")
    assert places(clicks) == [
        "broker cloudwatch /msk/clicks",
        "broker s3 s3://logs/msk",
        "broker firehose Firehose stream clicks-stream",
    ]
    assert {log.format for log in clicks.logs} == {"kafka"}
    assert (clicks.service, clicks.engine, clicks.deployment) == ("msk", "PROVISIONED", "3 brokers")
    assert places((await find("half"))[0]) == ["broker s3 s3://logs/"]


async def test_authorizer_logs_are_logs_of_their_own(find: Finder) -> None:
    """Also where they are delivered to the same place, and cannot be told apart there."""
    find.aws.kafka.add_cluster(
        "clicks",
        cloudwatch="/msk/clicks",
        authorizer=Destinations(cloudwatch="/msk/denials", s3=("logs", "")),
    )
    find.aws.kafka.add_cluster(
        "mixed", cloudwatch="/msk/mixed", authorizer=Destinations(cloudwatch="/msk/mixed")
    )
    assert places((await find("clicks"))[0]) == [
        "broker cloudwatch /msk/clicks",
        "authorizer cloudwatch /msk/denials",
        "authorizer s3 s3://logs/",
    ]
    assert places((await find("mixed"))[0]) == [
        "broker cloudwatch /msk/mixed",
        "authorizer cloudwatch /msk/mixed",
    ]


async def test_names_patterns_and_arns(find: Finder) -> None:
    """Each once, brokers and clusters together."""
    cluster = find.aws.kafka.add_cluster("prod-clicks", cloudwatch="/msk/clicks")
    find.aws.kafka.add_cluster("test-clicks", cloudwatch="/msk/test")
    find.aws.mq.add_broker("prod-orders")
    assert [target.name for target in await find("prod-*")] == ["prod-orders", "prod-clicks"]
    assert [target.name for target in await find(cluster.arn, "prod-clicks")] == ["prod-clicks"]
    assert [t.name for t in await find()] == ["prod-orders", "prod-clicks", "test-clicks"]
    with pytest.raises(TargetError, match="No broker, cluster or log group") as caught:
        await find("prod-click")
    assert "prod-clicks" in caught.value.hint


async def test_further_pages_are_read(find: Finder) -> None:
    """ListClustersV2 gives a hundred at a time."""
    for number in range(130):
        find.aws.kafka.add_cluster(f"c{number:03}", cloudwatch=f"/msk/{number}")
    assert len(await find("c*")) == 130


async def test_express_and_serverless(find: Finder) -> None:
    """Express brokers have logs; a serverless cluster has none, and that is said."""
    find.aws.kafka.add_cluster("swift", express=True, cloudwatch="/msk/swift")
    find.aws.kafka.add_cluster("adhoc", type="SERVERLESS")
    find.aws.kafka.add_cluster("mute")
    (express,), (serverless,), (silent,) = [await find(n) for n in ("swift", "adhoc", "mute")]
    assert (express.engine, len(express.logs)) == ("EXPRESS", 1)
    assert (serverless.engine, serverless.logs, silent.logs) == ("SERVERLESS", (), ())
    assert serverless.owner == serverless.arn
    assert express.silence == ""
    assert serverless.silence == "a serverless cluster has no broker logs"
    assert silent.silence == "its broker logs are not delivered anywhere"


async def test_the_first_api_serves_where_only_that_is_permitted(find: Finder) -> None:
    """Older policies name its operations only."""
    cluster = find.aws.kafka.add_cluster("clicks", cloudwatch="/msk/clicks", s3=("logs", "msk"))
    find.aws.faults.add(AccessDenied(), operation="ListClustersV2")
    find.aws.faults.add(AccessDenied(), operation="DescribeClusterV2")
    for name in ("clicks", cluster.arn):
        (target,) = await find(name)
        assert len(target.logs) == 2
    assert find.aws.calls_of("DescribeCluster")


async def test_what_listing_tells_serves_where_nothing_may_be_described(find: Finder) -> None:
    """It tells as much."""
    find.aws.kafka.add_cluster("clicks", cloudwatch="/msk/clicks")
    for operation in ("DescribeClusterV2", "DescribeCluster"):
        find.aws.faults.add(AccessDenied(), operation=operation)
    assert places((await find("clicks"))[0]) == ["broker cloudwatch /msk/clicks"]


async def test_one_service_may_be_denied(find: Finder) -> None:
    """Who may only see brokers, or only clusters, sees those."""
    find.aws.kafka.add_cluster("clicks", cloudwatch="/msk/clicks")
    find.aws.mq.add_broker("orders")
    denied = find.aws.faults.add(AccessDenied(), service="kafka")
    assert [target.name for target in await find("orders")] == ["orders"]
    assert not any("kafka" in note for note in find.notes)
    assert [target.name for target in await find()] == ["orders"]
    assert any("kafka:ListClustersV2" in note for note in find.notes)
    with pytest.raises(TargetError, match="kafka:ListClustersV2") as caught:
        await find("clicks")
    assert "ARN" in caught.value.hint
    denied.remove()
    find.aws.faults.add(AccessDenied(), service="mq")
    assert [target.name for target in await find("clicks")] == ["clicks"]


async def test_expired_credentials_are_told_as_such(find: Finder) -> None:
    """Whichever service says so first."""
    find.aws.faults.add(ExpiredCredentials(), service="kafka")
    with pytest.raises(CredentialsError):
        await find("clicks")


async def test_an_arn_of_a_cluster_that_is_not_there(find: Finder) -> None:
    """Deleted, or of another region."""
    gone = find.aws.kafka.add_cluster("gone")
    find.aws.kafka.remove_cluster(gone)
    with pytest.raises(TargetError, match="looking up the cluster"):
        await find(gone.arn)
    with pytest.raises(UsageError):
        await find(gone.arn.replace("us-east-1", "eu-west-1"))


async def test_clusters_that_share_a_log_group_know_of_each_other(find: Finder) -> None:
    """Only then can their streams be told apart."""
    for name in ("clicks", "orders"):
        find.aws.kafka.add_cluster(name, cloudwatch="/msk/all")
    (clicks,) = await find("clicks")
    (log,) = clicks.logs
    assert isinstance(log, LogGroup)
    assert log.shared_with == ("orders",)


async def test_the_api_calls_are_a_target(find: Finder) -> None:
    """Of their own name; they show by the names of the brokers and clusters that there are."""
    broker = find.aws.mq.add_broker("shop")
    (target,) = await find("cloudtrail")
    assert target.logs == (ApiCalls(names=((broker.id, "shop"),)),)
    find.aws.faults.add(AccessDenied(), service="mq")
    find.aws.faults.add(AccessDenied(), service="kafka")
    (target,) = await find("cloudtrail")
    assert target.logs == (ApiCalls(),)
