"""IAM Identity Center's portal as AWS's own credential provider uses it."""

from __future__ import annotations

import json
from hashlib import sha1
from pathlib import Path

import pytest
from aiobotocore.session import AioSession
from botocore.exceptions import UnauthorizedSSOTokenError

from mqtail.demo.server import EmbeddedAws

START = "https://demo.awsapps.com/start"
PROFILE = f"""
[profile ops]
region = us-east-1
sso_start_url = {START}
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = Operator
"""


async def test_keys_of_a_role_for_who_has_signed_in(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The keys are of that role's session; a token that is not known is refused."""
    config = tmp_path / "config"
    config.write_text(PROFILE)
    cache = tmp_path / "cache"
    cache.mkdir()
    token = {"accessToken": "token", "expiresAt": "2099-01-01T00:00:00Z", "startUrl": START}
    name = sha1(START.encode(), usedforsecurity=False).hexdigest()
    (cache / f"{name}.json").write_text(json.dumps(token))
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(cache))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    aws.sso.sign_in("token")
    async with AioSession(profile="ops").create_client("sts") as sts:
        arn = (await sts.get_caller_identity())["Arn"]
        assert ":assumed-role/AWSReservedSSO_Operator_" in arn
    aws.sso.sign_out("token")
    with pytest.raises(UnauthorizedSSOTokenError):
        async with AioSession(profile="ops").create_client("sts") as sts:
            await sts.get_caller_identity()
