"""Credentials that expire and are renewed, clocks that are off, and sources that fail for good."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import ReadOnlyCredentials

from mqtail.aws.clients import Clients
from mqtail.aws.renewal import AGAIN, UNKNOWN, Renewal
from mqtail.aws.signin import SignIn
from mqtail.aws.signing import signed_post
from mqtail.clock import Clock, wall_clock_ms
from mqtail.demo.faults import AccessDenied, ExpiredCredentials, SignatureTime, Trickle, WrongDate
from mqtail.demo.server import EmbeddedAws
from mqtail.discovery import Discovery
from mqtail.engine import Tail
from mqtail.errors import CredentialsError
from mqtail.settings import Settings
from mqtail.sources.cloudwatch import CloudWatchReader
from mqtail.status import ReaderStatus, State
from tests.engine.support import GROUP, STREAM, Bench, Watched, eventually, running
from tests.engine.virtual import Times, run

OTHER = "/aws/amazonmq/broker/b-2/general"
START = "https://example.awsapps.com/start"
SSO_PROFILE = f"""
[profile ops]
region = us-east-1
sso_start_url = {START}
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = Operator
"""


def virtually(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test in a loop of virtual time."""

    @wraps(test)
    def in_virtual_time(*args: Any, **named: Any) -> None:
        async def main() -> None:
            await test(*args, **named)

        run(main())

    return in_virtual_time


class Scene:
    """A tail of an embedded AWS, which are in one virtual loop."""

    def __init__(self, aws: EmbeddedAws, tail: Tail, now: Callable[[], int]) -> None:
        self.aws = aws
        self.tail = tail
        self.watched = Watched()
        self._now = now

    @property
    def status(self) -> ReaderStatus:
        """The status of the first reader."""
        return self.tail.readers[0]

    def put(self, *messages: str, group: str = GROUP) -> None:
        """Have events arrive now."""
        self.aws.logs.put(group, STREAM, [(self._now(), message) for message in messages])

    @property
    def shown(self) -> list[str]:
        """The messages that the tail has given."""
        events = self.watched.events or list(self.tail.store)
        return [event.message for event in events]


@asynccontextmanager
async def scene(
    *targets: str,
    ordered: bool = False,
    profile: str | None = None,
    renewal: Renewal = UNKNOWN,
    role: str | None = None,
    keys: ReadOnlyCredentials | None = None,
    ahead_s: float = 0,
    prepare: Callable[[EmbeddedAws, int], None] = lambda *_: None,
) -> AsyncIterator[Scene]:
    """A tail that follows in virtual time; one event was there before.

    Args:
        ordered: it goes into a pipe, else into a store.
        ahead_s: how far the machine's clock is ahead.
        prepare: what to do with the server before the tail begins, given the time.
    """
    times = Times(machine_ahead_s=ahead_s)
    # The SDK judges by the real clock whether keys have expired.
    now_ms = wall_clock_ms() - times.service()

    def service() -> int:
        return times.service() + now_ms

    async with EmbeddedAws(clock=service) as aws:
        sign_in = SignIn(
            aws.region,
            endpoint_url=aws.url,
            profile=profile,
            role_arn=role,
            session_keys=keys,
            renewal=renewal,
        )
        clock = Clock(lambda: times.machine() + now_ms)
        tail = Tail(Settings(targets=targets or (GROUP,)), sign_in, clock=clock)
        one = Scene(aws, tail, service)
        for group in targets or (GROUP,):
            if "/" in group:
                one.put("before", group=group)
        prepare(aws, service())
        async with running(tail.run_in_order(one.watched.show) if ordered else tail.run()):
            yield one


def write_keys(path: Path, key: str) -> None:
    """What a tool writes that renews keys in the credentials file."""
    path.write_text(
        f"[default]\naws_access_key_id = {key}\naws_secret_access_key = secret\n"
        "aws_session_token = token\n"
    )


@pytest.fixture
def keys_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A credentials file with a key that works, and nothing before it."""
    path = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    write_keys(path, "OLD")
    return path


@pytest.mark.parametrize("ordered", [False, True], ids=["store", "ordered"])
@virtually
async def test_keys_renewed_in_a_file_are_taken_up(keys_file: Path, ordered: bool) -> None:
    """Reading goes on from where it stopped: what came meanwhile is shown, the gap is told."""
    renewal = Renewal("Renew the keys.")
    async with scene(ordered=ordered, renewal=renewal) as on:
        await asyncio.sleep(31)
        on.aws.faults.add(ExpiredCredentials(), access_key="OLD")
        on.put("during")
        await asyncio.sleep(100)
        assert on.status.state is State.FAILING
        assert "have expired" in on.status.reason
        assert on.status.hint == "Renew the keys. Reading goes on by itself then."
        write_keys(keys_file, "NEW")
        await asyncio.sleep(40)
        assert (on.status.state, on.status.reason) == (State.LIVE, "")
        assert on.shown == ["before", "during"]
        [gap] = on.status.interruptions
        assert 90_000 < gap.end - gap.begin < 140_000


@virtually
async def test_a_sign_in_elsewhere_is_taken_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`aws sso login` writes another token into its cache; nothing is restarted."""
    config = tmp_path / "config"
    config.write_text(SSO_PROFILE)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(tmp_path))
    cache = tmp_path / f"{sha1(START.encode(), usedforsecurity=False).hexdigest()}.json"

    def log_in(token: str, aws: EmbeddedAws) -> None:
        entry = {"startUrl": START, "region": "us-east-1", "accessToken": token}
        cache.write_text(json.dumps(entry | {"expiresAt": "2099-01-01T00:00:00Z"}))
        aws.sso.sign_in(token)

    def prepare(aws: EmbeddedAws, _: int) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", aws.url)
        log_in("old-token", aws)

    async with scene(profile="ops", prepare=prepare) as on:
        await asyncio.sleep(31)
        assert on.shown == ["before"]
        [old] = {call.access_key for call in on.aws.calls_of("FilterLogEvents")}
        on.aws.faults.add(ExpiredCredentials(), access_key=old)
        on.aws.sso.sign_out("old-token")
        on.put("during")
        await asyncio.sleep(60)
        assert "have expired" in on.status.reason
        log_in("new-token", on.aws)
        await asyncio.sleep(40)
        assert on.status.state is State.LIVE
        assert on.shown == ["before", "during"]


async def test_a_process_is_asked_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that gives keys without saying when they expire."""
    given = tmp_path / "given.json"
    keys = {"Version": 1, "AccessKeyId": "OLD", "SecretAccessKey": "secret"}
    given.write_text(json.dumps(keys))
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = cat {given}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    bench.aws.logs.put(GROUP, STREAM, [(wall_clock_ms(), "before")])
    async with bench.filling() as on:
        await on.watched.until_seen("before")
        bench.aws.faults.add(ExpiredCredentials(), access_key="OLD")
        [status] = on.tail.readers
        await eventually(lambda: status.state is State.FAILING)
        bench.aws.logs.put(GROUP, STREAM, [(wall_clock_ms(), "during")])
        given.write_text(json.dumps(keys | {"AccessKeyId": "NEW"}))
        await on.watched.until_seen("during")


@virtually
async def test_a_role_whose_new_keys_are_refused_is_no_reason_to_hurry() -> None:
    """Each time it is assumed there are other keys; requests stay few."""
    async with scene(role="arn:aws:iam::111122223333:role/readers") as on:
        await asyncio.sleep(31)
        before = len(on.aws.calls)
        on.aws.faults.add(ExpiredCredentials(), service="logs")
        await asyncio.sleep(120)
        assert 5 < len(on.aws.calls) - before < 30


@virtually
async def test_keys_that_cost_a_code_cannot_be_renewed() -> None:
    """The hint says what helps, and does not promise more."""
    keys = ReadOnlyCredentials("MFA", "secret", "token")
    async with scene(keys=keys, renewal=AGAIN) as on:
        await asyncio.sleep(31)
        assert {call.access_key for call in on.aws.calls_of("FilterLogEvents")} == {"MFA"}
        on.aws.faults.add(ExpiredCredentials(), access_key="MFA")
        await asyncio.sleep(60)
        assert on.status.hint == AGAIN.hint


@virtually
async def test_expiry_in_the_middle_of_a_history_ends_no_pipe() -> None:
    """What has been read shows that it can be: it waits, and goes on."""
    asked = 0

    def third(_: dict[str, Any]) -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    def prepare(aws: EmbeddedAws, now: int) -> None:
        events = [(now - 500_000 + number, f"e{number}") for number in range(500)]
        aws.logs.scan_limit = 100
        aws.logs.put(GROUP, STREAM, events)
        handles.append(
            aws.faults.add(ExpiredCredentials(), operation="FilterLogEvents", where=third)
        )

    handles: list[Any] = []
    async with scene(ordered=True, prepare=prepare) as on:
        await asyncio.sleep(100)
        assert on.status.state is State.FAILING
        handles[0].remove()
        await asyncio.sleep(60)
        assert sorted(on.shown) == sorted(["before", *(f"e{n}" for n in range(500))])


@virtually
async def test_reading_again_now_ends_the_waiting() -> None:
    """Who has signed in does not wait for the next try."""
    async with scene() as on:
        await asyncio.sleep(31)
        expired = on.aws.faults.add(ExpiredCredentials(), operation="FilterLogEvents")
        await asyncio.sleep(100)
        on.put("during")
        expired.remove()
        on.tail.read_now()
        await asyncio.sleep(1)
        assert on.shown == ["before", "during"]


@virtually
async def test_one_denied_group_costs_little_and_leaves_the_others() -> None:
    """One request in half a minute asks whether it is permitted now."""
    async with scene(GROUP, OTHER) as on:
        await asyncio.sleep(60)
        denied = on.aws.faults.add(
            AccessDenied(), service="logs", where=lambda p: GROUP in p.values()
        )
        await asyncio.sleep(30)
        hits = denied.hits
        on.put("others go on", group=OTHER)
        on.put("denied")
        await asyncio.sleep(300)
        assert on.status.state is State.FAILING
        assert "Not permitted" in on.status.reason
        assert 5 < denied.hits - hits <= 25
        assert "others go on" in on.shown
        assert on.tail.readers[1].state is State.LIVE
        denied.remove()
        await asyncio.sleep(40)
        assert "denied" in on.shown


@virtually
async def test_an_expiry_while_looking_for_targets_waits_for_a_sign_in() -> None:
    """The session goes on by itself, or at once when asked to."""
    faults: list[Any] = []

    def prepare(aws: EmbeddedAws, _: int) -> None:
        faults.append(aws.faults.add(ExpiredCredentials(), service="logs"))

    async with scene(prepare=prepare, renewal=Renewal("Sign in.")) as on:
        await asyncio.sleep(60)
        assert on.tail.phase == "waiting for a sign-in"
        [note] = on.tail.notes
        assert "have expired" in note
        assert note.endswith("Sign in.")
        faults[0].remove()
        on.tail.read_now()
        await asyncio.sleep(1)
        assert on.shown == ["before"]


@virtually
async def test_an_expiry_while_looking_for_targets_ends_a_pipe() -> None:
    """Nobody sits in front of it; the hint fits the credentials."""

    def prepare(aws: EmbeddedAws, _: int) -> None:
        aws.faults.add(ExpiredCredentials(), service="logs")

    with pytest.raises(CredentialsError) as error:
        async with scene(ordered=True, prepare=prepare, renewal=Renewal("Sign in.")):
            await asyncio.sleep(60)
    assert error.value.hint == "Sign in."


@pytest.mark.parametrize("ahead_s", [-3 * 3600, 400], ids=["3 h behind", "7 min ahead"])
@virtually
async def test_a_machine_clock_that_is_off(ahead_s: int) -> None:
    """Requests are signed by the service's time, from the first answer on."""

    def prepare(aws: EmbeddedAws, _: int) -> None:
        aws.faults.add(SignatureTime())

    async with scene(GROUP, "cloudtrail", ahead_s=ahead_s, prepare=prepare) as on:
        await asyncio.sleep(60)
        on.put("during")
        await asyncio.sleep(10)
        assert on.shown == ["before", "during"]
        assert [status.state for status in on.tail.readers] == [State.LIVE, State.LIVE]
        assert all(status.retries == 0 for status in on.tail.readers)


async def test_a_wrong_date_in_answers_does_no_harm_to_signatures(aws: EmbeddedAws) -> None:
    """Where this machine's clock is right; something between may write that header."""
    aws.faults.add(WrongDate(7_200))
    refusals = aws.faults.add(SignatureTime())
    async with Clients(SignIn(aws.region, endpoint_url=aws.url)) as clients:
        client: Any = await clients.logs()
        for _ in range(2):
            await client.describe_log_groups()
        assert clients.clock.skew_ms > 7_000_000
    assert refusals.hits == 0


async def test_every_kind_of_request_is_signed_by_the_services_time(aws: EmbeddedAws) -> None:
    """S3's words for a wrong time are others, and searches are signed by no client."""
    aws.s3.create_bucket("logs")
    sign_in = SignIn(aws.region, endpoint_url=aws.url)
    for service in ("s3", "es"):
        clock = Clock(lambda: wall_clock_ms() - 3 * 3_600_000)
        refusals = aws.faults.add(SignatureTime())
        async with Clients(sign_in, clock) as clients:
            if service == "s3":
                client: Any = await clients.s3()
                answer = await client.list_objects_v2(Bucket="logs")
                status = answer["ResponseMetadata"]["HTTPStatusCode"]
            else:
                url = f"{aws.url}/logs/_search"
                post = signed_post(
                    clients, url, b"{}", service="es", region=aws.region, most=100_000
                )
                status = (await post).status
        assert refusals.hits == 1
        assert status in (200, 404)
        refusals.remove()


@virtually
async def test_an_answer_that_trickles_for_ever_is_given_up() -> None:
    """Each byte comes in time; the whole does not."""
    async with scene() as on:
        await asyncio.sleep(31)
        began = on.status.complete_to + 60_000
        trickle = on.aws.faults.add(Trickle(20), operation="FilterLogEvents", times=1)
        on.put("during")
        await asyncio.sleep(180)
        assert (trickle.hits, on.status.retries) == (1, 1)
        assert on.status.complete_to > began
        assert on.shown == ["before", "during"]


@pytest.mark.parametrize("ordered", [False, True], ids=["store", "ordered"])
@pytest.mark.parametrize("live", [False, True], ids=["history", "live"])
@virtually
async def test_an_unforeseen_error_does_not_end_a_reader(
    ordered: bool, live: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is shown and logged, and reading is tried again; nothing is missing, nothing twice."""
    name = "_poll_for_ever" if live else "_begin_history"
    method = getattr(CloudWatchReader, name)
    fails = True

    async def fail(reader: CloudWatchReader, *args: Any) -> None:
        if fails and reader.log.place == GROUP:
            raise ZeroDivisionError("by nothing")
        await method(reader, *args)

    monkeypatch.setattr(CloudWatchReader, name, fail)
    async with scene(GROUP, OTHER, ordered=ordered) as on:
        await asyncio.sleep(100)
        status = on.status
        assert (status.state, status.reason) == (State.FAILING, "ZeroDivisionError: by nothing")
        assert "error in mqtail" in status.hint
        [logged] = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert logged.exc_info
        [note] = on.tail.notes
        assert f"Events of {GROUP} may be missing" in note
        on.put("after")
        on.put("other", group=OTHER)
        await asyncio.sleep(10)
        assert "other" in on.shown
        fails = False
        await asyncio.sleep(40)
        assert status.state is State.LIVE
        assert sorted(on.shown) == ["after", "before", "before", "other"]


@virtually
async def test_an_unforeseen_error_does_not_end_the_look_for_new_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once it can look again, what has appeared is read."""
    listed = Discovery.list_groups
    fails = True

    async def fail(discovery: Discovery, prefix: str) -> list[str]:
        if fails:
            raise PermissionError("no")
        return await listed(discovery, prefix)

    monkeypatch.setattr(Discovery, "list_groups", fail)

    def prepare(aws: EmbeddedAws, _: int) -> None:
        brokers.append(aws.mq.add_broker("orders", general=True))

    brokers: list[Any] = []
    async with scene("orders", prepare=prepare) as on:
        await asyncio.sleep(200)
        assert [note for note in on.tail.notes if "PermissionError" in note] == on.tail.notes
        fails = False
        on.put("appeared", group=f"{brokers[0].log_group_prefix}audit")
        await asyncio.sleep(120)
        assert "appeared" in on.shown
