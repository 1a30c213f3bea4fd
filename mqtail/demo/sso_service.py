"""IAM Identity Center's portal: keys of a role for who has signed in with `aws sso login`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from mqtail.demo.calls import Call, Permission, ServiceError
from mqtail.demo.service import Service
from mqtail.demo.sts_service import StsService
from mqtail.demo.wire import BEARER, RestJsonWire, Route


class SsoWire(RestJsonWire):
    """REST-JSON; the access token is a header."""

    def read(self, request: web.BaseRequest, body: bytes) -> tuple[str, dict[str, Any]]:
        """The operation, and the parameters from query string and header."""
        operation, parameters = super().read(request, body)
        return operation, parameters | {"accessToken": request.headers[BEARER]}


class SsoService(Service):
    """The portal. A client finds it by the environment variable AWS_ENDPOINT_URL_SSO.

    Nobody signs in here: an access token is good once it was added, until it is taken away.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id, for ARNs.
        region: the region of the portal.
        sts: knows whose the keys are that are given out.
    """

    wire = SsoWire((Route("GET", "/federation/credentials", "GetRoleCredentials"),))

    def __init__(
        self, clock: Callable[[], int], account: str, region: str, sts: StsService
    ) -> None:
        super().__init__(clock, account, region)
        self._sts = sts
        self._tokens: dict[str, int] = {}
        self._operations = {"GetRoleCredentials": self._role_credentials}

    # For tests and stories.

    def sign_in(self, token: str, *, seconds: int = 3600) -> None:
        """Take an access token from now on; the keys that it gives are valid for so long."""
        self._tokens[token] = seconds

    def sign_out(self, token: str) -> None:
        """Refuse an access token from now on; nothing happens if it is not known."""
        self._tokens.pop(token, None)

    # For clients.

    def permission(self, call: Call) -> Permission:
        """It has no resource."""
        return Permission(f"sso:{call.operation}", "*")

    def _role_credentials(self, call: Call) -> dict[str, Any]:
        seconds = self._tokens.get(call.parameters["accessToken"])
        if seconds is None:
            text = "Session token not found or invalid"
            raise ServiceError("UnauthorizedException", text, 401)
        account, role = call.parameters["account_id"], call.parameters["role_name"]
        arn = f"arn:aws:sts::{account}:assumed-role/AWSReservedSSO_{role}_0123456789abcdef/demo"
        session = self._sts.open_session(arn, seconds)
        return {
            "roleCredentials": {
                "accessKeyId": session.access_key,
                "secretAccessKey": session.secret_key,
                "sessionToken": session.token,
                "expiration": session.expires,
            }
        }
