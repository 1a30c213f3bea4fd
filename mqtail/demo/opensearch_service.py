"""OpenSearch Service: domains, and searching their documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from mqtail.demo.calls import Call, Payload, Permission, ServiceError
from mqtail.demo.opensearch_search import Document, search
from mqtail.demo.service import Service
from mqtail.demo.wire import RestJsonWire, Route

UNREACHABLE = "http://127.0.0.1:1"
"""Where nothing listens."""


_AT_THE_DOOR = frozenset(
    {"ExpiredTokenException", "InvalidSignatureException", "UnrecognizedClientException"}
)
"""Errors with which AWS turns a search away before the domain sees it."""


class OpenSearchWire(RestJsonWire):
    """REST-JSON; errors of searches have OpenSearch's own form, where they come as far as that."""

    def _error(self, operation: str, error: ServiceError) -> Payload:
        if operation != "Search" or error.code in _AT_THE_DOOR:
            return super()._error(operation, error)
        kinds = {
            "AccessDeniedException": "security_exception",
            "TooManyRequestsException": "rejected_execution_exception",
            "SerializationException": "parsing_exception",
        }
        kind = kinds.get(error.code, error.code)
        cause = {"type": kind, "reason": error.message, **error.details}
        body = {"error": {"root_cause": [cause], **cause}, "status": error.status}
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        return Payload(msgspec.json.encode(body), headers)


@dataclass(slots=True)
class Domain:
    """A domain with its documents."""

    name: str
    region: str
    reachable: bool
    documents: list[Document] = field(default_factory=list)


class OpenSearchService(Service):
    """Domains of one account in any number of regions.

    AWS tells a domain's endpoint as a host without a scheme. Here DescribeDomain gives it with
    `http://` and a path, since all domains are on this server: `http://127.0.0.1:PORT/_domains/x`.
    A client has to keep the scheme of an endpoint that has one, and add `https://` to others.
    Searches go to `<endpoint>/<index>/_search`; without the `/_domains/x` before it they mean the
    only domain that there is. The service's name in signatures is `es`.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id, for ARNs.
        region: the region of domains that are added without one.
        url: gives the URL of the server.
    """

    wire = OpenSearchWire(
        (
            Route("GET", "/2021-01-01/opensearch/domain/{DomainName}", "DescribeDomain"),
            Route("POST", "/_domains/{domain}/{index}/_search", "Search"),
            Route("GET", "/_domains/{domain}/{index}/_search", "Search"),
            Route("POST", "/{index}/_search", "Search"),
            Route("GET", "/{index}/_search", "Search"),
        )
    )

    def __init__(
        self, clock: Callable[[], int], account: str, region: str, url: Callable[[], str]
    ) -> None:
        super().__init__(clock, account, region)
        self._url = url
        self._domains: dict[str, Domain] = {}
        self._operations = {
            "DescribeDomain": self._describe_domain,
            "Search": lambda call: search(self._searched(call), call.parameters),
        }

    # For tests and stories.

    def add_domain(
        self, name: str, *, endpoint_reachable: bool = True, region: str | None = None
    ) -> Domain:
        """Add a domain; one that cannot be reached has an endpoint in a VPC, where nobody answers.

        Names are unique here across regions.
        """
        self._domains[name] = Domain(name, region or self.region, endpoint_reachable)
        return self._domains[name]

    def put(
        self,
        domain: str,
        index: str,
        doc: dict[str, Any],
        id: str | None = None,
        visible: int | None = None,
    ) -> str:
        """Index a document; an index is there from its first document on.

        Args:
            domain: name of the domain.
            index: name of the index.
            doc: the document.
            id: its id; None: one is made.
            visible: it is not found before (ms); None: it is at once.

        Returns:
            The document's id.
        """
        documents = self._domains[domain].documents
        number = len(documents)
        id = id or f"d{number:019d}"
        visible = self.clock() if visible is None else visible
        documents.append(Document(index, id, number, doc, visible))
        return id

    # For clients.

    def permission(self, call: Call) -> Permission:
        """The domain, or what is asked for of it."""
        name = call.parameters.get("DomainName") or call.parameters.get("domain", "*")
        arn = f"arn:aws:es:{call.region}:{self.account}:domain/{name}"
        if call.operation == "Search":
            return Permission("es:ESHttpPost", f"{arn}/{call.parameters['index']}/_search")
        return Permission(f"es:{call.operation}", arn)

    def _describe_domain(self, call: Call) -> dict[str, Any]:
        name = call.parameters["DomainName"]
        domain = self._domains.get(name)
        if domain is None or domain.region != call.region:
            text = f"Domain not found: {name}"
            raise ServiceError("ResourceNotFoundException", text, 409)
        told: dict[str, Any] = {
            "DomainId": f"{self.account}/{name}",
            "DomainName": name,
            "ARN": f"arn:aws:es:{domain.region}:{self.account}:domain/{name}",
            "Created": True,
            "Deleted": False,
            "Processing": False,
            "UpgradeProcessing": False,
            "EngineVersion": "OpenSearch_2.19",
            "ClusterConfig": {"InstanceType": "r6g.large.search", "InstanceCount": 1},
        }
        if domain.reachable:
            told["Endpoint"] = f"{self._url()}/_domains/{name}"
        else:
            told["Endpoints"] = {"vpc": f"{UNREACHABLE}/_domains/{name}"}
        return {"DomainStatus": told}

    def _searched(self, call: Call) -> list[Document]:
        """The visible documents of the indexes that a search names."""
        parameters = call.parameters
        domain = self._domain(parameters.get("domain"))
        documents = [d for d in domain.documents if d.visible <= call.as_of]
        there = {document.index for document in documents}
        chosen: set[str] = set()
        for pattern in parameters["index"].split(","):
            found = {name for name in there if fnmatchcase(name, pattern) or pattern == "_all"}
            if not found and not _may_be_missing(pattern, parameters):
                details = {"index": pattern, "resource.type": "index_or_alias"}
                reason = f"no such index [{pattern}]"
                raise ServiceError("index_not_found_exception", reason, 404, details=details)
            chosen |= found
        return [document for document in documents if document.index in chosen]

    def _domain(self, name: str | None) -> Domain:
        if name is None and len(self._domains) == 1:
            (name,) = self._domains
        if name not in self._domains:
            # To AWS's clients such a host does not exist.
            raise ServiceError("index_not_found_exception", f"no such domain [{name}]", 404)
        return self._domains[name]


def _may_be_missing(pattern: str, parameters: dict[str, Any]) -> bool:
    """Whether a pattern may stand for no index at all."""
    if "*" in pattern or pattern == "_all":
        return str(parameters.get("allow_no_indices", "true")) != "false"
    return str(parameters.get("ignore_unavailable", "false")) == "true"
