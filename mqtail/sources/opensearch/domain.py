"""An OpenSearch domain or collection: where it answers, and what its answers mean."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from mqtail.aws.clients import Clients
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import (
    RENEW_HINT,
    FailedCall,
    Failure,
    Kind,
    failure_of,
    is_clock_refusal,
    one_line,
    without_quotation,
    wrong_clock,
)
from mqtail.aws.signing import Answer, signed_post
from mqtail.sources.resolving import called
from mqtail.status import ReaderStatus
from mqtail.targets import region_of_arn

MOST_BYTES = 32 * 1024 * 1024
"""An answer of more bytes is asked for again in smaller parts."""

_REASONS = ("reason", "message", "Message")


@dataclass(frozen=True, slots=True)
class Domain:
    """Where searches go."""

    name: str
    url: str
    """Without a slash at its end."""
    region: str
    service: str = "es"
    """In signatures: `es`, or `aoss` for a collection of OpenSearch Serverless."""
    private: bool = False
    """It answers inside its VPC only."""

    async def post(self, clients: Clients, path: str, body: bytes, what: str) -> bytes:
        """Post JSON, and give the JSON that comes back.

        Args:
            path: path and query, escaped.
            what: what it does, for people: `"searching the index logs"`.

        Raises:
            AnswerTooLarge: there are more than `MOST_BYTES`.
            FailedCall: the domain cannot be reached, or refuses.
        """
        try:
            answer = await signed_post(
                clients,
                self.url + path,
                body,
                service=self.service,
                region=self.region,
                most=MOST_BYTES,
            )
        except CALL_ERRORS as error:
            raise FailedCall(self._unreached(failure_of(error, what))) from error
        if answer.status == 200 and answer.body.lstrip()[:1] == b"{":
            return answer.body
        raise FailedCall(self._refusal(answer, what))

    def _unreached(self, failure: Failure) -> Failure:
        if failure.kind is not Kind.NETWORK or not self.private:
            return failure
        hint = f"The domain {self.name} is in a VPC: it answers only from inside it."
        return replace(failure, hint=hint)

    def _refusal(self, answer: Answer, what: str) -> Failure:
        """What an answer means that is no search result."""
        status, text = answer.status, _reason(answer.body)
        if not text:
            sentence = f"{self.name} answered {status} without JSON while {what}."
            hint = "Something between, such as a proxy or a sign-in page, may have answered."
            kind = Kind.SERVER if status >= 500 else Kind.UNEXPECTED
            return Failure(kind, sentence, hint)
        lowered = text.lower()
        if status in (401, 403) and is_clock_refusal({"Message": text}):
            return wrong_clock({"Message": text}, what)
        if status in (401, 403) and ("signature" in lowered or "security token" in lowered):
            word = "have expired" if "expired" in lowered else "are not accepted"
            return Failure(Kind.CREDENTIALS, f"The AWS credentials {word}: {text}", RENEW_HINT)
        if status in (401, 403):
            return Failure(Kind.DENIED, f"Not permitted while {what}: {text}", self._right(text))
        if status == 404:
            return Failure(Kind.MISSING, f"Not found while {what}: {text}")
        if status == 429:
            return Failure(Kind.THROTTLED, f"{self.name} is too busy while {what}: {text}")
        if status >= 500:
            return Failure(Kind.SERVER, f"{self.name} answered {status} while {what}: {text}")
        kind = Kind.INVALID if status == 400 else Kind.UNEXPECTED
        return Failure(kind, f"{self.name} answered {status} while {what}: {text}")

    def _right(self, text: str) -> str:
        """What to ask for."""
        if "no permissions for" in text:
            return (
                f"Have your role mapped to one that may search, in the security settings of"
                f" {self.name} (fine-grained access control)."
            )
        if self.service == "aoss":
            return (
                "Ask for the permission aoss:APIAccessAll, and for aoss:ReadDocument in the"
                " collection's data access policy."
            )
        return f"Ask for the permission es:ESHttpPost on the domain {self.name}."


def _reason(body: bytes) -> str:
    """The sentence in an error's JSON, on one line; empty where there is no JSON object."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(answer, dict):
        return ""
    error = answer.get("error", answer)
    if isinstance(error, dict):
        # Of shards that failed, the cause says more than that they did.
        causes = error.get("root_cause")
        first = causes[0] if isinstance(causes, list) and causes else error
        told = first if isinstance(first, dict) else error
        error = next((told[name] for name in _REASONS if told.get(name)), told)
    return one_line(without_quotation(str(error)))


async def find_domain(clients: Clients, described: dict[str, Any], status: ReaderStatus) -> Domain:
    """The domain or collection that a Firehose destination delivers to.

    Args:
        described: the destination, as DescribeDeliveryStream describes it.
        status: counts the requests.

    Raises:
        FailedCall: the domain cannot be looked up.
    """
    if endpoint := described.get("CollectionEndpoint"):
        return Domain(_host(endpoint), _url(endpoint), clients.region, "aoss")
    arn = described.get("DomainARN", "")
    region = region_of_arn(arn) or clients.region
    private = "VpcConfigurationDescription" in described
    if endpoint := described.get("ClusterEndpoint"):
        return Domain(_host(endpoint), _url(endpoint), region, private=private)
    name = arn.rpartition("/")[2]
    client: Any = await clients.opensearch()
    what = f"looking up the OpenSearch domain {name} (es:DescribeDomain)"
    status.requests += 1
    domain = await called(what, client.describe_domain(DomainName=name), "DomainStatus")
    inside = domain.get("Endpoints", {}).get("vpc")
    endpoint = domain.get("Endpoint") or domain.get("EndpointV2") or inside
    if not endpoint:
        raise FailedCall(
            Failure(Kind.MISSING, f"The OpenSearch domain {name} has no endpoint yet.")
        )
    return Domain(name, _url(endpoint), region, private=endpoint == inside)


def _url(endpoint: str) -> str:
    url = endpoint if "://" in endpoint else f"https://{endpoint}"
    return url.rstrip("/")


def _host(endpoint: str) -> str:
    return endpoint.partition("://")[2] or endpoint
