"""AWS's wire formats: which call a request is, and how its answer or error looks.

CloudWatch Logs speaks JSON 1.1 (operation in `X-Amz-Target`), Amazon MQ REST-JSON (operation in
method and path), STS the Query protocol (operation in the form field `Action`, answers in XML).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import uuid4
from xml.sax.saxutils import escape

import msgspec
from aiohttp import web

from mqtail.demo.calls import Call, ServiceError, unknown_operation

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_TARGETS = {"Logs_20140328": "logs"}
_BROKER_PATH = re.compile(r"/v1/brokers(?:/([^/]+))?/?")
_STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_JSON = "application/x-amz-json-1.1"


class Protocol(Enum):
    """How a service writes its answers."""

    JSON = "json"
    REST = "rest-json"
    QUERY = "query"


def protocol_of(request: web.BaseRequest) -> Protocol:
    """The protocol that a request speaks, told by its headers."""
    if "X-Amz-Target" in request.headers:
        return Protocol.JSON
    if request.content_type == "application/x-www-form-urlencoded" and request.method == "POST":
        return Protocol.QUERY
    return Protocol.REST


async def read_call(request: web.BaseRequest, now: int) -> Call:
    """The call that a request makes.

    Raises:
        ServiceError: it cannot be read, or bears no signature.
    """
    scope = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    if scope is None:
        raise ServiceError(
            "MissingAuthenticationTokenException", "Missing Authentication Token", 403
        )
    body = await request.read()
    service, operation, parameters = _parts(request, body)
    return Call(service, operation, parameters, now, region=scope[2], access_key=scope[1])


def _parts(request: web.BaseRequest, body: bytes) -> tuple[str, str, dict[str, Any]]:
    """Service, operation and parameters."""
    protocol = protocol_of(request)
    if protocol is Protocol.JSON:
        prefix, _, operation = request.headers["X-Amz-Target"].partition(".")
        return _TARGETS.get(prefix, "unknown"), operation, _json_parameters(body)
    if protocol is Protocol.QUERY:
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        return "sts", form.pop("Action", ""), form
    path = _BROKER_PATH.fullmatch(request.rel_url.raw_path)
    if path is None or request.method != "GET":
        return "unknown", f"{request.method} {request.path}", dict(request.query)
    if path[1] is None:
        return "mq", "ListBrokers", dict(request.query)
    return "mq", "DescribeBroker", {"broker-id": unquote(path[1])}


def _json_parameters(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ServiceError("SerializationException", "The body is no JSON object.") from None


def encode_answer(protocol: Protocol, operation: str, answer: Any) -> web.Response:
    """The response with the result of an operation."""
    request_id = str(uuid4())
    if protocol is Protocol.QUERY:
        result = f"<{operation}Result>{_xml(answer)}</{operation}Result>"
        metadata = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        text = (
            f'<{operation}Response xmlns="{_STS_NAMESPACE}">{result}{metadata}'
            f"</{operation}Response>"
        )
        return _response(text.encode(), "text/xml", request_id)
    content_type = _JSON if protocol is Protocol.JSON else "application/json"
    return _response(msgspec.json.encode(answer), content_type, request_id)


def encode_error(protocol: Protocol, error: ServiceError) -> web.Response:
    """The response with an error."""
    request_id = str(uuid4())
    if protocol is Protocol.QUERY:
        kind = "Sender" if error.status < 500 else "Receiver"
        fields = _xml({"Type": kind, "Code": error.code, "Message": error.message})
        text = (
            f'<ErrorResponse xmlns="{_STS_NAMESPACE}"><Error>{fields}</Error>'
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return _response(text.encode(), "text/xml", request_id, error.status)
    if protocol is Protocol.JSON:
        body = msgspec.json.encode({"__type": error.code, "message": error.message})
        response = _response(body, _JSON, request_id, error.status)
    else:
        body = msgspec.json.encode({"errorAttribute": "", "message": error.message})
        response = _response(body, "application/json", request_id, error.status)
    response.headers["x-amzn-errortype"] = error.code
    return response


def no_service(operation: str) -> ServiceError:
    """The error for a request that is for no service that is here."""
    error = unknown_operation(operation)
    error.status = 404 if " " in operation else 400
    return error


def _response(body: bytes, content_type: str, request_id: str, status: int = 200) -> web.Response:
    headers = {"Content-Type": content_type, "x-amzn-RequestId": request_id}
    return web.Response(body=body, status=status, headers=headers)


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(member)}</{name}>" for name, member in value.items())
    return escape(str(value))
