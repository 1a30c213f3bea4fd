"""What the tests of CloudTrail's format share: records, and requests of every operation."""

from __future__ import annotations

import json
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from mqtail.events import LogEvent, Source
from mqtail.formats import Fields, parse

CLOUDTRAIL = "cloudtrail"
ACCOUNT = "111122223333"
CLUSTER = f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/clicks/0a1b2c3d-e5f6-4"
BROKER = "b-0a1b2c3d-1111-2222-3333-0a1b2c3d4e5f"


def fields(record: str | dict[str, Any]) -> Fields:
    """What is found in a record."""
    text = record if isinstance(record, str) else json.dumps(record)
    source = Source(0, "clicks", "cloudtrail", "api", format=CLOUDTRAIL)
    return parse(LogEvent(0, 0, source, 0, text))


def call(action: str = "DeleteCluster", **members: Any) -> dict[str, Any]:
    """A record of a call that kim made from 192.0.2.7."""
    return {
        "userIdentity": {"type": "IAMUser", "userName": "kim"},
        "eventTime": "2026-03-02T08:15:01Z",
        "eventSource": "kafka.amazonaws.com",
        "eventName": action,
        "sourceIPAddress": "192.0.2.7",
        "requestParameters": None,
        "responseElements": None,
        "readOnly": False,
    } | members


def operations(service: str) -> dict[str, dict[str, Any]]:
    """Each operation of a service, and a request with every parameter, as CloudTrail spells it."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
    return {name: example(shape, "") if shape else {} for name, shape in shapes.items()}


def example(shape: Shape, name: str, depth: int = 0) -> Any:
    """A value of a shape. Members that stand in the path keep their name there (`broker-id`)."""
    match shape.type_name:
        case "structure" if depth < 4:
            members = {
                (member.serialization.get("name") or key): example(member, key, depth + 1)
                for key, member in shape.members.items()  # type: ignore[attr-defined]
            }
            return {key[:1].lower() + key[1:]: value for key, value in members.items()}
        case "list":
            return [example(shape.member, name, depth + 1)]  # type: ignore[attr-defined]
        case "map":
            return {"team": "shop"}
        case "boolean":
            return True
        case "integer" | "long" | "double" | "float":
            return 3
        case "string":
            arn = "cluster" in name.lower() or name in ("ResourceArn", "Arn")
            return CLUSTER if name.endswith("Arn") and arn else f"some-{name}"
        case _:
            return None
