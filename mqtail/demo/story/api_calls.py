"""The API calls of the stories, as CloudTrail records them.

Who reboots a broker calls for it seconds before the broker's log says so; the rest is what goes on
around brokers: an application that makes and alters topics, a monitoring job that describes
things, somebody who is not allowed to do what he tries.
"""

from __future__ import annotations

from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

from msgspec import Struct

from mqtail.demo.cloudtrail_service import Record, iso_seconds
from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.mq_service import Broker
from mqtail.demo.story.activemq import (
    FAILOVER_BEFORE_START_S,
    FAILOVER_PERIOD_S,
    FIRST_FAILOVER_S,
)
from mqtail.demo.story.kafka_reboot import (
    FIRST_RESTART_S,
    REBOOTED,
    RESTART_BEFORE_START_S,
    RESTART_PERIOD_S,
)
from mqtail.demo.story.telling import CHAPTER_MS, HISTORY_CHAPTERS, Scene

ACCOUNT_KEY = "DEMODEMODEMODEMO"
CONSOLE = "203.0.113.24"
BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
    " Safari/537.36"
)
CLI = "aws-cli/2.27.41 md/awscrt#0.26.1 ua/2.1 os/linux md/arch#x86_64 lang/python#3.13.4"
KAFKA_CLIENT = "aws-msk-iam-auth/2.3.2/aws-internal/3 aws-sdk-java/2.31.6 Linux/6.1 Java/17.0.15"

_MQ_CALL_S = 3
"""The reboot of the ActiveMQ broker is called for so long before its audit log tells of it."""


class StoryRecord(Struct, frozen=True):
    """A CloudTrail record of the stories."""

    record: Record
    visible: int
    """From when on it can be looked up, ms since the epoch."""


class ApiCalls:
    """Tells the API calls.

    Args:
        orders: the ActiveMQ broker.
        telemetry: the RabbitMQ broker.
        clicks: the Kafka cluster.
        adhoc: the serverless cluster.
        start: the moment between history and live records, ms since the epoch.
        seed: the same seed tells the same calls.
    """

    def __init__(
        self,
        orders: Broker,
        telemetry: Broker,
        clicks: Cluster,
        adhoc: Cluster,
        start: int,
        seed: int,
    ) -> None:
        self.orders = orders
        self.telemetry = telemetry
        self.clicks = clicks
        self.adhoc = adhoc
        self.start = start
        self.seed = seed
        self.account = clicks.account
        self._random = Random(seed)
        self._told: list[tuple[int, Record]] = []
        self._scenes = (
            Scene(
                self._reboot_clicks, (-RESTART_BEFORE_START_S,), FIRST_RESTART_S, RESTART_PERIOD_S
            ),
            Scene(
                self._reboot_orders,
                (-FAILOVER_BEFORE_START_S - _MQ_CALL_S,),
                FIRST_FAILOVER_S - _MQ_CALL_S,
                FAILOVER_PERIOD_S,
            ),
            Scene(self._look_around, (-RESTART_BEFORE_START_S - 25,), 15, RESTART_PERIOD_S),
            Scene(self._alter_topic, (-RESTART_BEFORE_START_S - 290,), 200, RESTART_PERIOD_S),
            Scene(self._create_topic, (-3_100, -1_900), 130, 720),
            Scene(self._describe_topic, (-3_090, -2_040, -610), 70, 300),
            Scene(self._monitor, tuple(range(-3_480, -20, 600)), 20, 120),
            Scene(self._denied, (-1_100,), 100, 480),
            Scene(self._explore, (-2_400, -880), 150, 420),
        )

    def chapter(self, number: int) -> list[StoryRecord]:
        """The records of a chapter, in the order of time."""
        self._random = Random(f"{self.seed} calls {number}")
        low = number * CHAPTER_MS // 1000
        for scene in self._scenes:
            for second in scene.times(low, low + CHAPTER_MS // 1000):
                scene.play(self.start + second * 1000)
        told, self._told = sorted(self._told, key=lambda entry: entry[0]), []
        # CloudTrail takes minutes. Nobody who watches a demo waits for that, so live it is seconds.
        delays = (120_000, 600_000) if number < 0 else (5_000, 20_000)
        return [StoryRecord(record, at + self._random.randint(*delays)) for at, record in told]

    def history(self) -> list[StoryRecord]:
        """The records of the hour before the start; all of them can be looked up by then."""
        chapters = (self.chapter(number) for number in range(-HISTORY_CHAPTERS, 0))
        return [
            StoryRecord(told.record, min(told.visible, self.start))
            for chapter in chapters
            for told in chapter
        ]

    # Who.

    def _user(self, name: str) -> Record:
        return {
            "type": "IAMUser",
            "principalId": f"AIDA{ACCOUNT_KEY}",
            "arn": f"arn:aws:iam::{self.account}:user/{name}",
            "accountId": self.account,
            "accessKeyId": f"AKIA{ACCOUNT_KEY}",
            "userName": name,
        }

    def _role(self, at: int, name: str, session: str) -> Record:
        principal = f"AROA{ACCOUNT_KEY}"
        return {
            "type": "AssumedRole",
            "principalId": f"{principal}:{session}",
            "arn": f"arn:aws:sts::{self.account}:assumed-role/{name}/{session}",
            "accountId": self.account,
            "accessKeyId": f"ASIA{ACCOUNT_KEY}",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": principal,
                    "arn": f"arn:aws:iam::{self.account}:role/{name}",
                    "accountId": self.account,
                    "userName": name,
                },
                "attributes": {
                    "creationDate": iso_seconds(at - 1_800_000),
                    "mfaAuthenticated": "false",
                },
            },
        }

    def _operator(self, at: int) -> Record:
        return self._role(at, "platform-operator", "maria.lopez")

    # What.

    def _record(
        self,
        at: int,
        who: Record,
        source: str,
        name: str,
        request: dict[str, Any] | None,
        *,
        where: str = CONSOLE,
        agent: str = BROWSER,
        answer: dict[str, Any] | None = None,
        read_only: bool = False,
        error: tuple[str, str] | None = None,
    ) -> None:
        failed = {"errorCode": error[0], "errorMessage": error[1]} if error else {}
        record: Record = {
            "eventVersion": "1.11",
            "userIdentity": who,
            "eventTime": iso_seconds(at),
            "eventSource": f"{source}.amazonaws.com",
            "eventName": name,
            "awsRegion": self.clicks.region,
            "sourceIPAddress": where,
            "userAgent": agent,
            **failed,
            "requestParameters": request,
            "responseElements": answer,
            "requestID": self._uuid(),
            "eventID": self._uuid(),
            "readOnly": read_only,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
        }
        self._told.append((at, record))

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _cluster(self) -> dict[str, Any]:
        """The parameter that names the cluster, as it stands in the path of the request."""
        return {"clusterArn": quote(self.clicks.arn, safe="")}

    def _topic_call(
        self, at: int, name: str, api: str, topic: str, *, read_only: bool = False
    ) -> None:
        """A Kafka action of the application."""
        self._record(
            at,
            self._role(at, "clickstream-app", "clickstream-api-2"),
            "kafka-cluster",
            name,
            {"kafkaAPI": api, "resourceARN": _topic(self.clicks, topic)},
            where=f"10.0.40.{self._random.randint(11, 60)}",
            agent=KAFKA_CLIENT,
            read_only=read_only,
        )

    # Scenes.

    def _reboot_clicks(self, at: int) -> None:
        arn = self.clicks.arn
        operation = arn.replace(":cluster/", ":cluster-operation/")
        answer = {"clusterArn": arn, "clusterOperationArn": f"{operation}/{self._uuid()}"}
        request = {"brokerIds": [str(REBOOTED)]} | self._cluster()
        who = self._operator(at)
        self._record(at, who, "kafka", "RebootBroker", request, answer=answer)

    def _reboot_orders(self, at: int) -> None:
        """By the one whom the broker's audit log names."""
        request = {"broker-id": self.orders.id}
        self._record(at, self._user("admin"), "amazonmq", "RebootBroker", request, agent=CLI)

    def _look_around(self, at: int) -> None:
        """The operator looks at the cluster before she reboots its broker."""
        for delay, name in ((0, "DescribeClusterV2"), (2_000, "ListNodes")):
            who = self._operator(at + delay)
            self._record(at + delay, who, "kafka", name, self._cluster(), read_only=True)

    def _alter_topic(self, at: int) -> None:
        self._topic_call(at, "AlterTopic", "CreatePartitions", "clicks")

    def _create_topic(self, at: int) -> None:
        topic = f"clicks-replay-{self._random.randint(100, 999)}"
        self._topic_call(at, "CreateTopic", "CreateTopics", topic)

    def _describe_topic(self, at: int) -> None:
        for name, topic in (
            ("DescribeTopicDynamicConfiguration", "clicks"),
            ("DescribeTopicDynamicConfiguration", "sessions"),
        ):
            self._topic_call(at, name, "DescribeConfigs", topic, read_only=True)
            at += 1_000

    def _monitor(self, at: int) -> None:
        who = self._role(at, "monitoring", "collector")
        broker = {"broker-id": self.telemetry.id}
        for delay, source, name, request in (
            (0, "amazonmq", "DescribeBroker", broker),
            (1_000, "kafka", "ListClustersV2", None),
            (2_000, "kafka", "DescribeClusterV2", self._cluster()),
        ):
            self._record(
                at + delay, who, source, name, request, where="10.0.50.8", agent=CLI, read_only=True
            )

    def _denied(self, at: int) -> None:
        who = self._user("tom.contractor")
        message = (
            f"User: {who['arn']} is not authorized to perform: kafka:DeleteCluster on resource:"
            f" {self.clicks.arn} because no identity-based policy allows the kafka:DeleteCluster"
            " action"
        )
        error = ("AccessDenied", message)
        where = "198.51.100.77"
        self._record(
            at, who, "kafka", "DeleteCluster", self._cluster(), where=where, agent=CLI, error=error
        )

    def _explore(self, at: int) -> None:
        """An analyst tries something on the serverless cluster, and tidies up."""
        topic = f"scratch-{self._random.randint(100, 999)}"
        for delay, name in ((0, "CreateTopic"), (95_000, "DeleteTopic")):
            self._record(
                at + delay,
                self._role(at + delay, "analyst", "jo.kim"),
                "kafka-cluster",
                name,
                {"kafkaAPI": f"{name}s", "resourceARN": _topic(self.adhoc, topic)},
                where="10.0.60.31",
                agent=KAFKA_CLIENT,
            )


def _topic(cluster: Cluster, name: str) -> str:
    """ARN of a topic."""
    return f"{cluster.arn.replace(':cluster/', ':topic/')}/{name}"
