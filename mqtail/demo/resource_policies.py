"""Resource policies of CloudWatch Logs: those of the account, and those of single log groups."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from msgspec import Struct

from mqtail.demo import logs_requests as requests
from mqtail.demo.calls import ServiceError, invalid_parameter, not_found
from mqtail.demo.paging import Tokens

MAX_ACCOUNT_POLICIES = 10
"""Quota of resource policies per account and region (CloudWatch Logs quotas)."""


class ResourcePolicy(Struct, rename="camel", omit_defaults=True):
    """A policy as DescribeResourcePolicies gives it."""

    policy_name: str
    policy_document: str
    last_updated_time: int
    policy_scope: str
    resource_arn: str | None = None
    revision_id: str | None = None


class ResourcePolicies:
    """The resource policies of one region."""

    def __init__(self) -> None:
        self._account: dict[str, ResourcePolicy] = {}
        self._of_group: dict[str, ResourcePolicy] = {}

    def describe(
        self, request: requests.DescribeResourcePolicies, tokens: Tokens, now: int
    ) -> dict[str, Any]:
        """DescribeResourcePolicies: ACCOUNT scope unless told otherwise."""
        if request.policy_scope == "RESOURCE":
            if request.resource_arn is None:
                raise invalid_parameter("resourceArn is required for the scope RESOURCE.")
            own = self._of_group.get(group_arn(request.resource_arn))
            return {"resourcePolicies": [own] if own else []}
        if request.resource_arn is not None:
            raise invalid_parameter("resourceArn needs policyScope RESOURCE.")
        named = sorted(self._account.items())
        query = ("resource-policies",)
        page, token = tokens.list_page(named, query, request.next_token, request.limit, now)
        return {"resourcePolicies": page} | ({"nextToken": token} if token else {})

    def put(self, request: requests.PutResourcePolicy, now: int) -> dict[str, Any]:
        """PutResourcePolicy, for the account by name or for a log group by ARN."""
        document = _checked_document(request.policy_document)
        if request.resource_arn is not None:
            return self._put_of_group(request, group_arn(request.resource_arn), document, now)
        if not request.policy_name:
            raise invalid_parameter("policyName is required.")
        if request.policy_name not in self._account and len(self._account) >= MAX_ACCOUNT_POLICIES:
            raise ServiceError("LimitExceededException", "Resource limit exceeded.")
        policy = ResourcePolicy(request.policy_name, document, now, "ACCOUNT")
        self._account[policy.policy_name] = policy
        return {"resourcePolicy": policy}

    def delete(self, request: requests.DeleteResourcePolicy) -> None:
        """DeleteResourcePolicy."""
        if request.resource_arn is not None:
            arn = group_arn(request.resource_arn)
            if arn not in self._of_group:
                raise not_found("The specified resource policy does not exist.")
            self._check_revision(self._of_group[arn], request.expected_revision_id)
            del self._of_group[arn]
        elif request.policy_name not in self._account:
            raise not_found(f"Policy with name [{request.policy_name}] does not exist.")
        else:
            del self._account[request.policy_name]

    def documents(self, arn: str) -> list[str]:
        """The policy documents that hold for the log group of an ARN."""
        own = self._of_group.get(arn)
        return [p.policy_document for p in (*self._account.values(), *([own] if own else ()))]

    def _put_of_group(
        self, request: requests.PutResourcePolicy, arn: str, document: str, now: int
    ) -> dict[str, Any]:
        if arn in self._of_group:
            self._check_revision(self._of_group[arn], request.expected_revision_id)
        name = request.policy_name or "log-group-policy"
        policy = ResourcePolicy(name, document, now, "RESOURCE", arn, str(uuid4()))
        self._of_group[arn] = policy
        return {"resourcePolicy": policy, "revisionId": policy.revision_id}

    @staticmethod
    def _check_revision(policy: ResourcePolicy, expected: str | None) -> None:
        if policy.revision_id != expected:
            raise invalid_parameter("expectedRevisionId is not that of the policy.")


def group_arn(arn: str) -> str:
    """A log group's ARN without the `:*` that it may end in."""
    return arn.removesuffix(":*")


def _checked_document(text: str | None) -> str:
    if text is None:
        raise invalid_parameter("policyDocument is required.")
    try:
        document = json.loads(text)
    except ValueError:
        raise invalid_parameter("Policy document is malformed JSON.") from None
    if not isinstance(document, dict) or "Statement" not in document:
        raise invalid_parameter("Policy document has no statement.")
    return text
