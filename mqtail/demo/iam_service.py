"""IAM: users and roles with inline policies, and what these allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import msgspec
from msgspec import Struct

from mqtail.demo.calls import Call, Permission, ServiceError
from mqtail.demo.iam_simulation import simulate
from mqtail.demo.identities import Identity, Kind, session_role, trust_of
from mqtail.demo.paging import Tokens
from mqtail.demo.policy_decisions import allowed
from mqtail.demo.service import Service
from mqtail.demo.wire import QueryWire
from mqtail.policies import Document, PolicyError, Request

SERVICE_LINKED = {
    "mq.amazonaws.com": "AWSServiceRoleForAmazonMQ",
    "delivery.logs.amazonaws.com": "AWSServiceRoleForLogDelivery",
}
"""The service-linked role of each service that has one here."""

PolicyDict = Mapping[str, Any]
"""A policy document as JSON has it."""


class _User(Struct, rename="pascal"):
    user_name: str = ""


class _NewUser(Struct, rename="pascal"):
    user_name: str
    path: str = "/"


class _UserPolicy(Struct, rename="pascal"):
    user_name: str
    policy_name: str


class _PutUserPolicy(_UserPolicy):
    policy_document: str


class _Role(Struct, rename="pascal"):
    role_name: str


class _NewRole(_Role):
    assume_role_policy_document: str
    path: str = "/"


class _RolePolicy(_Role):
    policy_name: str


class _PutRolePolicy(_RolePolicy):
    policy_document: str


class _ServiceLinkedRole(Struct, rename="pascal"):
    aws_service_name: str = msgspec.field(name="AWSServiceName")


class IamService(Service):
    """Users and roles of one account; they are the same in every region.

    At first there are the user `demo`, who may do everything, and the service-linked roles of
    Amazon MQ and of log delivery.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id, for ARNs.
        region: of no meaning here.
    """

    wire = QueryWire("https://iam.amazonaws.com/doc/2010-05-08/")

    def __init__(self, clock: Callable[[], int], account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self._identities: dict[tuple[Kind, str], Identity] = {}
        self._numbers = count(1)
        self._tokens = Tokens(self.invalid)
        self._operations = {
            "GetUser": self.taking(_User, self._get_user),
            "CreateUser": self.taking(_NewUser, self._create_user),
            "PutUserPolicy": self.taking(_PutUserPolicy, self._put_user_policy),
            "DeleteUserPolicy": self.taking(_UserPolicy, self._delete_user_policy),
            "GetRole": self.taking(_Role, self._get_role),
            "CreateRole": self.taking(_NewRole, self._create_role),
            "DeleteRole": self.taking(_Role, self._delete_role),
            "PutRolePolicy": self.taking(_PutRolePolicy, self._put_role_policy),
            "DeleteRolePolicy": self.taking(_RolePolicy, self._delete_role_policy),
            "CreateServiceLinkedRole": self.taking(_ServiceLinkedRole, self._create_linked),
            "SimulatePrincipalPolicy": self._simulate,
        }
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [everything]}
        self.add_user("demo", {"administrator": document})
        for service in SERVICE_LINKED:
            self.add_service_linked_role(service)

    # For tests and stories.

    def add_user(
        self, name: str, policies: Mapping[str, PolicyDict] | None = None, *, path: str = "/"
    ) -> Identity:
        """Add a user with inline policies, `{name: document}`; one of this name is replaced."""
        return self._add("user", name, path, policies or {})

    def add_role(
        self,
        name: str,
        path: str = "/",
        policies: Mapping[str, PolicyDict] | None = None,
        *,
        service_linked: bool = False,
        trust: str = "",
    ) -> Identity:
        """Add a role with inline policies, `{name: document}`; one of this name is replaced.

        Args:
            name: its name.
            path: `/aws-reserved/sso.amazonaws.com/`, for one.
            policies: inline policies.
            service_linked: it belongs to a service, and only that may change it.
            trust: who may assume it, as a policy document; empty: EC2.
        """
        role = self._add("role", name, path, policies or {})
        role.service_linked = service_linked
        role.trust = trust or trust_of("ec2.amazonaws.com")
        return role

    def add_service_linked_role(self, service: str) -> Identity:
        """Add the service-linked role of a service: `mq.amazonaws.com`..."""
        path = f"/aws-service-role/{service}/"
        name = SERVICE_LINKED[service]
        return self.add_role(name, path, service_linked=True, trust=trust_of(service))

    def put_user_policy(self, user: str, name: str, document: PolicyDict) -> None:
        """Set an inline policy of a user."""
        self._identities["user", user].policies[name] = _parse(document, name)

    def put_role_policy(self, role: str, name: str, document: PolicyDict) -> None:
        """Set an inline policy of a role."""
        self._identities["role", role].policies[name] = _parse(document, name)

    def remove_user(self, name: str) -> None:
        """Take a user away; nothing happens if he is not there."""
        self._identities.pop(("user", name), None)

    def remove_role(self, name: str) -> None:
        """Take a role away, a service-linked one too; nothing happens if it is not there."""
        self._identities.pop(("role", name), None)

    def service_linked_role(self, service: str) -> Identity | None:
        """The service-linked role of a service, where it is in place."""
        return self.role(SERVICE_LINKED[service])

    def role(self, name: str) -> Identity | None:
        """The role of a name."""
        return self._identities.get(("role", name))

    def behind(self, arn: str) -> Identity | None:
        """The user or role of an ARN; of a session's ARN its role."""
        role = session_role(arn)
        return self.role(role) if role else self._by_arn(arn)

    def allows(self, arn: str, action: str, resource: str) -> bool:
        """Whether the identity policies of a user, a role or a role's session allow an action.

        The account's root may do everything, who is not there nothing.
        """
        if arn == f"arn:aws:iam::{self.account}:root":
            return True
        found = self.behind(arn)
        if found is None:
            return False
        return allowed(list(found.policies.values()), Request(action, resource))

    # For clients.

    def permission(self, call: Call) -> Permission:
        """The user, the role, or whose policies are simulated."""
        parameters = call.parameters
        resource = parameters.get("PolicySourceArn")
        for kind in ("user", "role"):
            name = parameters.get(f"{kind.title()}Name")
            if isinstance(name, str):
                path = str(parameters.get("Path", "/"))
                named = self._identities.get((kind, name))
                resource = named.arn if named else f"{self._scope}{kind}{path}{name}"
        service = parameters.get("AWSServiceName")
        if service is not None:
            resource = f"{self._scope}role/aws-service-role/{service}/*"
        if resource is None and call.operation == "GetUser":
            resource = call.caller
        return Permission(f"iam:{call.operation}", str(resource or "*"))

    def invalid(self, message: str) -> ServiceError:
        """ValidationError."""
        return ServiceError("ValidationError", message)

    @property
    def _scope(self) -> str:
        return f"arn:aws:iam::{self.account}:"

    def _get_user(self, request: _User, call: Call) -> dict[str, Any]:
        name = request.user_name
        if not name:
            # Without a name it is the caller (API reference of GetUser).
            caller = call.caller
            if ":user/" not in caller:
                raise self.invalid("Must specify userName when calling with non-User credentials")
            name = caller.rpartition("/")[2]
        return {"User": self._told(self._find("user", name))}

    def _create_user(self, request: _NewUser, call: Call) -> dict[str, Any]:
        self._check_free("user", request.user_name)
        return {"User": self._told(self.add_user(request.user_name, path=request.path))}

    def _put_user_policy(self, request: _PutUserPolicy, call: Call) -> dict[str, Any]:
        user = self._find("user", request.user_name)
        user.policies[request.policy_name] = _identity_policy(request)
        return {}

    def _delete_user_policy(self, request: _UserPolicy, call: Call) -> dict[str, Any]:
        return _drop_policy(self._find("user", request.user_name), request.policy_name)

    def _get_role(self, request: _Role, call: Call) -> dict[str, Any]:
        return {"Role": self._told(self._find("role", request.role_name))}

    def _create_role(self, request: _NewRole, call: Call) -> dict[str, Any]:
        self._check_free("role", request.role_name)
        _parse_sent(request.assume_role_policy_document, "trust")
        trust = request.assume_role_policy_document
        return {"Role": self._told(self.add_role(request.role_name, request.path, trust=trust))}

    def _delete_role(self, request: _Role, call: Call) -> dict[str, Any]:
        role = self._changeable(request)
        if role.policies:
            text = "Cannot delete entity, must delete policies first."
            raise ServiceError("DeleteConflict", text, 409)
        self.remove_role(role.name)
        return {}

    def _put_role_policy(self, request: _PutRolePolicy, call: Call) -> dict[str, Any]:
        role = self._changeable(request)
        role.policies[request.policy_name] = _identity_policy(request)
        return {}

    def _delete_role_policy(self, request: _RolePolicy, call: Call) -> dict[str, Any]:
        return _drop_policy(self._changeable(request), request.policy_name)

    def _create_linked(self, request: _ServiceLinkedRole, call: Call) -> dict[str, Any]:
        name = SERVICE_LINKED.get(request.aws_service_name)
        if name is None:
            text = f"Service {request.aws_service_name} has no service-linked role."
            raise ServiceError("InvalidInput", text)
        if self.role(name) is not None:
            text = (
                f"Service role name {name} has been taken in this account, please try a different"
                " suffix."
            )
            raise ServiceError("InvalidInput", text)
        return {"Role": self._told(self.add_service_linked_role(request.aws_service_name))}

    def _simulate(self, call: Call) -> dict[str, Any]:
        return simulate(self, call, self._simulated, self._tokens)

    def _simulated(self, arn: str) -> Identity:
        """The identity whose policies are simulated; the errors are those of real answers."""
        parts = arn.split(":", 5)
        kind, _, rest = parts[-1].partition("/")
        if len(parts) < 6 or parts[2] != "iam" or kind not in ("user", "role") or not rest:
            text = f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
            raise ServiceError("InvalidInput", text)
        if parts[4] != self.account:
            text = (
                f"The caller's account {self.account} does not have access to policies in account"
                f" {parts[4]}."
            )
            raise ServiceError("InvalidInput", text)
        found = self._by_arn(arn)
        if found is None:
            raise _missing(kind, rest.rpartition("/")[2])
        return found

    def _add(
        self, kind: Kind, name: str, path: str, policies: Mapping[str, PolicyDict]
    ) -> Identity:
        number = f"{'AIDA' if kind == 'user' else 'AROA'}DEMODEMODEMO{next(self._numbers):05d}"
        documents = {label: _parse(document, label) for label, document in policies.items()}
        identity = Identity(kind, name, path, self.account, number, self.clock(), documents)
        self._identities[kind, name] = identity
        return identity

    def _by_arn(self, arn: str) -> Identity | None:
        return next((found for found in self._identities.values() if found.arn == arn), None)

    def _find(self, kind: Kind, name: str) -> Identity:
        if (kind, name) not in self._identities:
            raise _missing(kind, name)
        return self._identities[kind, name]

    def _changeable(self, request: _Role) -> Identity:
        role = self._find("role", request.role_name)
        if role.service_linked:
            text = (
                f"Cannot perform the operation on the protected role '{role.name}' - this role is"
                " only modifiable by AWS"
            )
            raise ServiceError("UnmodifiableEntity", text)
        return role

    def _check_free(self, kind: Kind, name: str) -> None:
        if (kind, name) in self._identities:
            text = f"{kind.title()} with name {name} already exists."
            raise ServiceError("EntityAlreadyExists", text, 409)

    @staticmethod
    def _told(identity: Identity) -> dict[str, Any]:
        moment = datetime.fromtimestamp(identity.created // 1000, UTC)
        return identity.described(f"{moment:%Y-%m-%dT%H:%M:%SZ}")


def _parse(document: PolicyDict, name: str) -> Document:
    return Document.parse(document, name)


def _parse_sent(text: str, name: str) -> Document:
    try:
        return Document.parse(text, name)
    except PolicyError as error:
        raise ServiceError("MalformedPolicyDocument", str(error)) from None


def _identity_policy(request: _PutUserPolicy | _PutRolePolicy) -> Document:
    """The policy of a request; one for an identity names resources and no principal."""
    document = _parse_sent(request.policy_document, request.policy_name)
    for statement in document.statements:
        elements = statement.plain.keys()
        if elements & {"Principal", "NotPrincipal"}:
            text = "Policy document should not specify a principal."
            raise ServiceError("MalformedPolicyDocument", text)
        if not elements & {"Resource", "NotResource"}:
            text = "Policy statement must contain resources."
            raise ServiceError("MalformedPolicyDocument", text)
    return document


def _drop_policy(identity: Identity, name: str) -> dict[str, Any]:
    if name not in identity.policies:
        text = f"The {identity.kind} policy with name {name} cannot be found."
        raise ServiceError("NoSuchEntity", text, 404)
    del identity.policies[name]
    return {}


def _missing(kind: str, name: str) -> ServiceError:
    return ServiceError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)
