"""AWS's wire formats: which operation a request is for, and how its answer or error looks.

Which service a request is for stands in the scope of its signature. CloudWatch Logs, Firehose,
CloudTrail and KMS speak JSON 1.1 (operation in `X-Amz-Target`), Amazon MQ, Amazon MSK and
OpenSearch REST-JSON (operation in method and path), S3 REST-XML, IAM and STS the Query protocol
(operation in the form field `Action`, answers in XML).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote
from uuid import uuid4
from xml.sax.saxutils import escape

import msgspec
from aiohttp import web

from mqtail.demo.calls import Payload, ServiceError

BEARER = "x-amz-sso_bearer_token"
"""The header of the access token in requests to IAM Identity Center, which are not signed."""

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_JSON_1_1 = "application/x-amz-json-1.1"


class Scope(NamedTuple):
    """What the signature of a request tells."""

    access_key: str
    region: str
    service: str
    signed: int
    """The moment of the signature, ms since the epoch; 0: it tells none."""


def read_scope(request: web.BaseRequest) -> Scope:
    """Whose request it is, and for which region and service.

    Raises:
        ServiceError: it bears no signature.
    """
    if BEARER in request.headers:
        return Scope("", "", "sso", 0)
    found = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    if found is None:
        raise ServiceError(
            "MissingAuthenticationTokenException", "Missing Authentication Token", 403
        )
    access_key, region, service = found.groups()
    signed = _moment(request.headers.get("X-Amz-Date", ""))
    return Scope(access_key, region, service, signed)


def _moment(text: str) -> int:
    """A moment as signatures write it (`20261121T000000Z`), in ms; 0: it is none."""
    try:
        moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return 0
    return int(moment.timestamp() * 1000)


class Spelling(NamedTuple):
    """How a service words an error that all services have."""

    code: str
    status: int
    message: str = ""
    """Empty: the usual sentence."""


class Wire(ABC):
    """How a service reads requests, and writes answers and errors.

    Errors that all services have (those of the faults) have the codes of JSON 1.1 until they are
    written.
    """

    spellings: Mapping[str, Spelling] = {}

    @abstractmethod
    def read(self, request: web.BaseRequest, body: bytes) -> tuple[str, dict[str, Any]]:
        """Operation and parameters of a request.

        Raises:
            ServiceError: it cannot be read.
        """

    @abstractmethod
    def answer(self, operation: str, result: Any) -> Payload:
        """What is sent for the result of an operation."""

    def error(self, operation: str, error: ServiceError) -> Payload:
        """What is sent for an error; the operation is empty where the request was not read."""
        spelling = self.spellings.get(error.code)
        if spelling is not None:
            error = ServiceError(
                spelling.code,
                spelling.message or error.message,
                spelling.status,
                details=error.details,
                headers=error.headers,
            )
        payload = self._error(operation, error)
        payload.status = error.status
        payload.headers |= error.headers
        return payload

    @abstractmethod
    def _error(self, operation: str, error: ServiceError) -> Payload:
        """Headers and body of an error that has the service's own code."""


class JsonWire(Wire):
    """JSON 1.1.

    Args:
        target: what stands before the operation in `X-Amz-Target`, without the dot.
    """

    def __init__(self, target: str = "") -> None:
        self._prefix = f"{target}."

    def read(self, request: web.BaseRequest, body: bytes) -> tuple[str, dict[str, Any]]:
        """The operation from `X-Amz-Target`, the parameters from the body."""
        target = request.headers.get("X-Amz-Target", "")
        if not target.startswith(self._prefix):
            return target or f"{request.method} {request.path}", {}
        return target.removeprefix(self._prefix), json_object(body)

    def answer(self, operation: str, result: Any) -> Payload:
        """The result as JSON."""
        return _payload(msgspec.json.encode(result), _JSON_1_1)

    def _error(self, operation: str, error: ServiceError) -> Payload:
        body = {"__type": error.code, "message": error.message, **error.details}
        return _payload(msgspec.json.encode(body), _JSON_1_1, error.code)


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path, and the operation that they mean."""

    method: str
    path: str
    """`/v1/brokers/{broker-id}`; `{name}` is one part of the path, `{name+}` all the rest."""
    operation: str
    query: str = ""
    """A name that must be in the query string."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression; its groups are `names`, in their order."""
        text = re.sub(r"\{[^}]+\+\}", "(.+)", self.path)
        return re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", text) + "/?", re.DOTALL)

    @property
    def names(self) -> list[str]:
        """The names in the path."""
        return re.findall(r"\{([^}+]+)\+?\}", self.path)


class RestWire(Wire):
    """Operations in method and path; the base of REST-JSON and REST-XML."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [(route, route.pattern, route.names) for route in routes]

    def read(self, request: web.BaseRequest, body: bytes) -> tuple[str, dict[str, Any]]:
        """The operation, and the parameters from path, query string and body."""
        # As it was sent: what is escaped in a part of the path (`%2F`) does not divide it.
        path = request.raw_path.partition("?")[0]
        for route, pattern, names in self._routes:
            found = pattern.fullmatch(path) if request.method == route.method else None
            if found is not None and (not route.query or route.query in request.query):
                parts = [unquote(part) for part in found.groups()]
                sent = json_object(body) if body else {}
                parameters = dict(zip(names, parts, strict=True)) | dict(request.query) | sent
                return route.operation, parameters
        return f"{request.method} {request.path}", dict(request.query)


class RestJsonWire(RestWire):
    """REST-JSON.

    Args:
        routes: the operations; the first that fits counts.
        error_members: members that each error has beside its message.
    """

    spellings = {  # noqa: RUF012  # as in the base: nobody changes it
        "ThrottlingException": Spelling("TooManyRequestsException", 429, "Too Many Requests"),
        "AccessDeniedException": Spelling("AccessDeniedException", 403),
        "ExpiredTokenException": Spelling("ExpiredTokenException", 403),
        "UnrecognizedClientException": Spelling("UnrecognizedClientException", 403),
        "InvalidSignatureException": Spelling("InvalidSignatureException", 403),
    }

    def __init__(
        self, routes: Sequence[Route], error_members: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(routes)
        self._error_members = dict(error_members or {})

    def answer(self, operation: str, result: Any) -> Payload:
        """The result as JSON."""
        return _payload(msgspec.json.encode(result), "application/json")

    def _error(self, operation: str, error: ServiceError) -> Payload:
        body = self._error_members | {"message": error.message} | error.details
        return _payload(msgspec.json.encode(body), "application/json", error.code)


class RestXmlWire(RestWire):
    """REST-XML as S3 speaks it: bytes of objects as they are, all else as XML.

    Args:
        routes: the operations; the first that fits counts.
        namespace: XML namespace of the answers.
        roots: the root element of each operation's answer.
        headers: request headers that are parameters.

    A body is the parameter `Body`, as text.
    """

    spellings = {  # noqa: RUF012
        "ThrottlingException": Spelling("SlowDown", 503, "Please reduce your request rate."),
        "ServiceUnavailableException": Spelling(
            "SlowDown", 503, "Please reduce your request rate."
        ),
        "InternalFailure": Spelling(
            "InternalError", 500, "We encountered an internal error. Please try again."
        ),
        "AccessDeniedException": Spelling("AccessDenied", 403),
        "ExpiredTokenException": Spelling("ExpiredToken", 400, "The provided token has expired."),
        "UnrecognizedClientException": Spelling(
            "InvalidAccessKeyId",
            403,
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        "InvalidSignatureException": Spelling("SignatureDoesNotMatch", 403),
        "UnknownOperationException": Spelling("NotImplemented", 501),
    }

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        namespace: str,
        roots: Mapping[str, str],
        headers: Sequence[str] = (),
    ) -> None:
        super().__init__(routes)
        self._namespace = namespace
        self._roots = roots
        self._headers = headers

    def read(self, request: web.BaseRequest, body: bytes) -> tuple[str, dict[str, Any]]:
        """The operation, and the parameters from path, query string, headers and body."""
        operation, parameters = super().read(request, b"")
        sent = {name: request.headers[name] for name in self._headers if name in request.headers}
        if body:
            sent["Body"] = body.decode(errors="replace")
        return operation, parameters | sent

    def answer(self, operation: str, result: Any) -> Payload:
        """A `Payload` as it is, anything else as XML."""
        if isinstance(result, Payload):
            result.headers |= _ids()
            return result
        root = self._roots[operation]
        text = f'<{root} xmlns="{self._namespace}">{_xml(result)}</{root}>'
        return Payload(_XML + text.encode(), {"Content-Type": "application/xml", **_ids()})

    def _error(self, operation: str, error: ServiceError) -> Payload:
        ids = _ids()
        told = {"Code": error.code, "Message": error.message, **error.details}
        text = _xml({"Error": told | {"RequestId": ids["x-amz-request-id"]}})
        return Payload(_XML + text.encode(), {"Content-Type": "application/xml", **ids})


class QueryWire(Wire):
    """The Query protocol.

    Args:
        namespace: XML namespace of the answers.
    """

    spellings = {  # noqa: RUF012
        "ThrottlingException": Spelling("Throttling", 400),
        "ServiceUnavailableException": Spelling("ServiceUnavailable", 503),
        "AccessDeniedException": Spelling("AccessDenied", 403),
        "ExpiredTokenException": Spelling("ExpiredToken", 403),
        "UnrecognizedClientException": Spelling("InvalidClientTokenId", 403),
        "InvalidSignatureException": Spelling("SignatureDoesNotMatch", 403),
        "UnknownOperationException": Spelling("InvalidAction", 400),
    }

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def read(self, request: web.BaseRequest, body: bytes) -> tuple[str, dict[str, Any]]:
        """The operation and the parameters from the form, with lists as lists."""
        # An empty list is sent as a field without a value.
        form = dict(parse_qsl(body.decode(errors="replace")))
        return form.pop("Action", ""), _members(form)

    def answer(self, operation: str, result: Any) -> Payload:
        """The result as XML."""
        metadata = {"RequestId": str(uuid4())}
        told = {f"{operation}Result": result, "ResponseMetadata": metadata}
        text = f'<{operation}Response xmlns="{self._namespace}">{_xml(told)}</{operation}Response>'
        return _payload(text.encode(), "text/xml")

    def _error(self, operation: str, error: ServiceError) -> Payload:
        kind = "Sender" if error.status < 500 else "Receiver"
        told = {
            "Error": {"Type": kind, "Code": error.code, "Message": error.message},
            "RequestId": str(uuid4()),
        }
        text = f'<ErrorResponse xmlns="{self._namespace}">{_xml(told)}</ErrorResponse>'
        return _payload(text.encode(), "text/xml")


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; an empty body is an empty object.

    Raises:
        ServiceError: SerializationException where it is none.
    """
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ServiceError("SerializationException", "The body is no JSON object.") from None


def _members(form: Mapping[str, str]) -> dict[str, Any]:
    """What the names of form fields spell: `A.member.1.B=x` is `{"A": [{"B": "x"}]}`.

    Raises:
        ServiceError: a field is a value and has members, too, or it is nested deeper than any.
    """
    tree: dict[str, Any] = {}
    for name, value in form.items():
        *parents, last = name.split(".")
        place: Any = tree
        for parent in parents:
            place = place.setdefault(parent, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict) or last in place or len(parents) > _DEEPEST:
            raise ServiceError("MalformedQueryString", f"The field {name} cannot be read.", 404)
        place[last] = value
    return {name: _with_lists(value) for name, value in tree.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {"member"} and isinstance(value["member"], dict):
        numbered = value["member"]
        return [_with_lists(numbered[n]) for n in sorted(numbered, key=lambda n: (len(n), n))]
    return {name: _with_lists(member) for name, member in value.items()}


_DEEPEST = 10
"""Levels of a form field's name; no operation here has as many."""

_XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def _payload(body: bytes, content_type: str, error: str = "") -> Payload:
    headers = {"Content-Type": content_type, "x-amzn-RequestId": str(uuid4())}
    return Payload(body, headers | ({"x-amzn-errortype": error} if error else {}))


def _ids() -> dict[str, str]:
    """S3's names of a request."""
    number = uuid4().hex.upper()
    return {"x-amz-request-id": number[:16], "x-amz-id-2": number}


def _xml(value: Any) -> str:
    """Members as elements; a list is the same element several times."""
    if not isinstance(value, dict):
        return str(value).lower() if isinstance(value, bool) else escape(str(value))
    return "".join(
        f"<{name}>{_xml(item)}</{name}>"
        for name, member in value.items()
        for item in (member if isinstance(member, list) else [member])
    )
