"""Other credentials: who waits while they are looked for, and who is repeated with them."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from mqtail.aws.clients import Clients
from mqtail.aws.signin import SignIn
from mqtail.demo.faults import ExpiredCredentials, Hang
from mqtail.settings import Pace
from mqtail.sources.retries import Retries
from mqtail.status import ReaderStatus
from tests.engine.support import GROUP
from tests.engine.test_credentials import OTHER, scene, virtually, write_keys


@virtually
async def test_who_can_read_does_not_wait_while_others_look_for_keys() -> None:
    """One log group refuses the keys, and assuming the role anew hangs; the other is read on."""
    async with scene(GROUP, OTHER, role="arn:aws:iam::111122223333:role/readers") as on:
        await asyncio.sleep(31)
        on.aws.faults.add(ExpiredCredentials(), where=lambda p: p.get("logGroupName") == GROUP)
        on.aws.faults.add(Hang(), service="sts")
        await asyncio.sleep(10)
        on.put("other", group=OTHER)
        await asyncio.sleep(10)
        assert "other" in on.shown


@virtually
async def test_all_requests_that_were_refused_are_repeated_with_the_new_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """At once, those too that are refused after the new keys were found."""
    path = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    write_keys(path, "OLD")
    async with Clients(SignIn("us-east-1")) as clients:
        keys, status = clients.credentials, ReaderStatus("logs", "logs", "general", GROUP)
        await keys.get_frozen_credentials()
        write_keys(path, "NEW")
        retries = Retries(status, Pace(), clients.clock, patient=True, credentials=keys)

        async def request(seconds: float) -> None:
            signed_with = (await keys.get_frozen_credentials()).access_key
            await asyncio.sleep(seconds)
            if signed_with == "OLD":
                raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "No."}}, "Get")

        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            for seconds in (0.1, 0.1, 0.3):
                tasks.create_task(retries.call("reading", partial(request, seconds)))
        assert asyncio.get_running_loop().time() - began < 1
        assert status.retries == 3
