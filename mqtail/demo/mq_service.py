"""Amazon MQ: brokers that were added, their log settings, and their reboots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, uuid5

from msgspec import Meta, Struct

from mqtail.demo.calls import Call, Permission, ServiceError
from mqtail.demo.paging import Tokens
from mqtail.demo.service import Service
from mqtail.demo.wire import RestJsonWire, Route

Engine = Literal["ACTIVEMQ", "RABBITMQ"]
Deployment = Literal["SINGLE_INSTANCE", "ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ"]


class _ListBrokers(Struct, rename="camel"):
    max_results: Annotated[int, Meta(ge=5, le=100)] = 20
    next_token: str | None = None


class _Logs(Struct, frozen=True):
    general: bool | None = None
    audit: bool | None = None


class _UpdateBroker(Struct):
    logs: _Logs = _Logs()


@dataclass(slots=True)
class Broker:
    """A broker as Amazon MQ describes it."""

    name: str
    id: str
    arn: str
    engine: Engine
    version: str
    deployment: Deployment
    created: int
    """ms since the epoch."""
    state: str = "RUNNING"
    general: bool = True
    """The general log is delivered."""
    audit: bool | None = None
    """The audit log is delivered; None: the engine has none."""
    pending_logs: dict[str, bool] = field(default_factory=dict)
    """Log settings that wait for a reboot: `{"general": True, "audit": False}`."""
    instance_type: str = "mq.m5.large"
    users: tuple[str, ...] = ("admin",)
    delivers: bool = False
    """Its log lines are written into CloudWatch Logs as far as AWS would."""
    started_by: str = ""
    """ARN of who created or rebooted it, until its log groups have been seen to."""

    @property
    def region(self) -> str:
        """Where it is."""
        return self.arn.split(":")[3]

    @property
    def log_kinds(self) -> list[str]:
        """The kinds of logs that are on: `general`, `audit`."""
        return [kind for kind, on in (("general", self.general), ("audit", self.audit)) if on]

    @property
    def log_streams(self) -> list[str]:
        """The log streams of its instances, the same in each log group."""
        if self.engine == "ACTIVEMQ":
            return [f"activemq-{self.id}-{n + 1}.log" for n in range(self.instances)]
        nodes = 3 if self.deployment == "CLUSTER_MULTI_AZ" else 1
        domain = f"{self.region}.compute.internal"
        return [f"rabbit@ip-10-20-{n + 1}-11.{domain}.log" for n in range(nodes)]

    @property
    def log_group_prefix(self) -> str:
        """What the names of its log groups begin with, the last slash included."""
        return f"/aws/amazonmq/broker/{self.id}/"

    @property
    def instances(self) -> int:
        """How many instances have a console and endpoints of their own."""
        return 2 if self.deployment == "ACTIVE_STANDBY_MULTI_AZ" else 1


class MqService(Service):
    """Brokers of one account in any number of regions.

    Attributes:
        changed: called when a broker was added whose logs are delivered.
    """

    wire = RestJsonWire(
        (
            Route("GET", "/v1/brokers", "ListBrokers"),
            Route("GET", "/v1/brokers/{broker-id}", "DescribeBroker"),
            Route("PUT", "/v1/brokers/{broker-id}", "UpdateBroker"),
            Route("POST", "/v1/brokers/{broker-id}/reboot", "RebootBroker"),
        ),
        {"errorAttribute": ""},
    )

    def __init__(self, clock: Callable[[], int], account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self.changed: Callable[[], None] = lambda: None
        self._brokers: dict[str, dict[str, Broker]] = {}
        self._tokens = Tokens(_bad_request)
        self._operations = {
            "ListBrokers": self._list_brokers,
            "DescribeBroker": self._describe_broker,
            "UpdateBroker": self.taking(_UpdateBroker, self._update_broker),
            "RebootBroker": self._reboot_broker,
        }

    def add_broker(
        self,
        name: str,
        *,
        engine: Engine = "ACTIVEMQ",
        version: str | None = None,
        deployment: Deployment = "SINGLE_INSTANCE",
        broker_id: str | None = None,
        state: str = "RUNNING",
        general: bool = True,
        audit: bool | None = None,
        pending_logs: dict[str, bool] | None = None,
        delivers: bool = False,
        creator: str | None = None,
        created: int | None = None,
        region: str | None = None,
    ) -> Broker:
        """Add a broker; its id follows from its name unless it is given.

        The audit log is on for ActiveMQ and absent for RabbitMQ, which has none, unless told
        otherwise. What a broker writes comes to CloudWatch Logs where it `delivers` and as far as
        AWS would deliver it; its log groups are made as far as the `creator` (an ARN, else the
        user `demo`) may.
        """
        region = region or self.region
        broker_id = broker_id or f"b-{uuid5(NAMESPACE_URL, f'{region}/{name}')}"
        broker = Broker(
            name,
            broker_id,
            f"arn:aws:mq:{region}:{self.account}:broker:{name}:{broker_id}",
            engine,
            version or ("5.18" if engine == "ACTIVEMQ" else "3.13"),
            deployment,
            self.clock() if created is None else created,
            state,
            general,
            engine == "ACTIVEMQ" if audit is None else audit,
            pending_logs or {},
            delivers=delivers,
            started_by=creator or f"arn:aws:iam::{self.account}:user/demo",
        )
        if engine == "RABBITMQ" and not audit:
            broker.audit = None
        self._brokers.setdefault(region, {})[broker_id] = broker
        if delivers:
            self.changed()
        return broker

    def brokers(self) -> list[Broker]:
        """The brokers of all regions."""
        return [broker for found in self._brokers.values() for broker in found.values()]

    def remove_broker(self, broker: Broker) -> None:
        """Take a broker away."""
        for brokers in self._brokers.values():
            brokers.pop(broker.id, None)

    def permission(self, call: Call) -> Permission:
        """The broker; a list has no resource."""
        number = call.parameters.get("broker-id")
        broker = self._brokers.get(call.region, {}).get(str(number))
        arn = f"arn:aws:mq:{call.region}:{self.account}:broker:*:{number}" if number else "*"
        return Permission(f"mq:{call.operation}", broker.arn if broker else arn)

    def invalid(self, message: str) -> ServiceError:
        """BadRequestException."""
        return _bad_request(message)

    def _list_brokers(self, call: Call) -> dict[str, Any]:
        request = self.request(call, _ListBrokers, strict=False)
        named = sorted(self._brokers.get(call.region, {}).items())
        page, token = self._tokens.list_page(
            named, ("brokers",), request.next_token, request.max_results, call.time
        )
        answer: dict[str, Any] = {"brokerSummaries": [_summary(broker) for broker in page]}
        return answer | ({"nextToken": token} if token else {})

    def _describe_broker(self, call: Call) -> dict[str, Any]:
        return _description(self._broker(call), call.region)

    def _update_broker(self, request: _UpdateBroker, call: Call) -> dict[str, Any]:
        """New log settings wait for a reboot (API reference of UpdateBroker)."""
        broker = self._broker(call)
        sent = request.logs
        if sent.audit is not None and broker.audit is None:
            text = "Audit logging is not supported for RabbitMQ brokers."
            raise _bad_request(text, "logs.audit")
        now = {"general": broker.general}
        if broker.audit is not None:
            now["audit"] = broker.audit
        given = {"general": sent.general, "audit": sent.audit}
        wanted = now | broker.pending_logs
        wanted |= {kind: on for kind, on in given.items() if on is not None}
        broker.pending_logs = {} if wanted == now else wanted
        return {"brokerId": broker.id, "logs": wanted}

    def _reboot_broker(self, call: Call) -> dict[str, Any]:
        """Here it takes no time."""
        broker = self._broker(call)
        if broker.state != "RUNNING":
            raise _bad_request(
                f"Can't reboot broker [{broker.id}] in the state {broker.state}.", "broker-id"
            )
        broker.general = broker.pending_logs.get("general", broker.general)
        if broker.audit is not None:
            broker.audit = broker.pending_logs.get("audit", broker.audit)
        broker.pending_logs = {}
        broker.started_by = call.caller
        return {}

    def _broker(self, call: Call) -> Broker:
        broker_id = call.parameters["broker-id"]
        broker = self._brokers.get(call.region, {}).get(broker_id)
        if broker is None:
            text = f"Can't find requested broker [{broker_id}]. Make sure your broker exists."
            raise ServiceError("NotFoundException", text, 404)
        return broker


def _bad_request(message: str, attribute: str = "") -> ServiceError:
    """The error for a request that cannot be met, and which part of it is the cause."""
    details = {"errorAttribute": attribute}
    return ServiceError("BadRequestException", message, details=details)


def _summary(broker: Broker) -> dict[str, Any]:
    created = datetime.fromtimestamp(broker.created // 1000, UTC)
    return {
        "brokerArn": broker.arn,
        "brokerId": broker.id,
        "brokerName": broker.name,
        "brokerState": broker.state,
        "created": created.isoformat().replace("+00:00", "Z"),
        "deploymentMode": broker.deployment,
        "engineType": broker.engine,
        "hostInstanceType": broker.instance_type,
    }


def _description(broker: Broker, region: str) -> dict[str, Any]:
    return _summary(broker) | {
        "actionsRequired": [],
        "authenticationStrategy": "SIMPLE",
        "autoMinorVersionUpgrade": True,
        "brokerInstances": [_instance(broker, n + 1, region) for n in range(broker.instances)],
        "encryptionOptions": {"useAwsOwnedKey": True},
        "engineVersion": broker.version,
        "logs": _logs(broker),
        "maintenanceWindowStartTime": {
            "dayOfWeek": "SUNDAY",
            "timeOfDay": "03:00",
            "timeZone": "UTC",
        },
        "publiclyAccessible": False,
        "securityGroups": ["sg-0d3300000000000a1"],
        "storageType": "EFS" if broker.instances == 2 else "EBS",
        "subnetIds": [f"subnet-0d3300000000000b{n}" for n in range(broker.instances)],
        "tags": {},
        "users": [{"username": user} for user in broker.users],
    }


def _logs(broker: Broker) -> dict[str, Any]:
    # The group of the general log is told even where that log is off.
    logs: dict[str, Any] = {
        "general": broker.general,
        "generalLogGroup": broker.log_group_prefix + "general",
    }
    if broker.audit is not None:
        logs |= {"audit": broker.audit, "auditLogGroup": broker.log_group_prefix + "audit"}
    if broker.pending_logs:
        logs["pending"] = broker.pending_logs
    return logs


def _instance(broker: Broker, number: int, region: str) -> dict[str, Any]:
    if broker.engine == "RABBITMQ":
        host = f"{broker.id}.mq.{region}.amazonaws.com"
        return {"consoleURL": f"https://{host}", "endpoints": [f"amqps://{host}:5671"]}
    host = f"{broker.id}-{number}.mq.{region}.amazonaws.com"
    return {
        "consoleURL": f"https://{host}:8162",
        "endpoints": [
            f"ssl://{host}:61617",
            f"amqp+ssl://{host}:5671",
            f"stomp+ssl://{host}:61614",
        ],
        "ipAddress": f"10.20.{number}.11",
    }
