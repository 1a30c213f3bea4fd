"""Documents that Firehose writes into OpenSearch: all of them, each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from mqtail.demo import firehose_service
from mqtail.demo.faults import (
    AccessDenied,
    BrokenTransfer,
    ConnectionReset,
    ErrorFault,
    ExpiredCredentials,
    InvalidSignature,
    ServerError,
    Throttle,
    TruncatedBody,
)
from mqtail.errors import CredentialsError, TargetError
from mqtail.events import Level
from mqtail.sources.opensearch import domain as domain_module
from mqtail.sources.opensearch import index as index_module
from mqtail.status import ReaderStatus, State
from tests.engine.deliveries import STREAM, Documents, answering, hits, texts, warning
from tests.engine.support import Following, ago, eventually


async def the_status(following: Following) -> ReaderStatus:
    """The status of the only reader, once there is one."""
    await eventually(lambda: bool(following.tail.readers))
    return following.tail.readers[0]


# The history.


async def test_two_rotated_indices_are_one_log(documents: Documents) -> None:
    """In time order, with what documents say of themselves; other indices are none of it."""
    documents.add_stream()
    documents.put("c", ago(100), "clicks-2026-11-21", id="c")
    documents.put("a", ago(300), "clicks-2026-11-20", id="a")
    documents.put("b", ago(200), "clicks-2026-11-20", id="same")
    documents.put("d", ago(50), "clicks-2026-11-21", id="same")
    documents.put("x", ago(50), "clicks-of-others")
    documents.put("y", ago(50), "clicks")
    events = await documents.history()
    assert texts(events) == ["a", "b", "c", "d"]
    assert [event.event_id for event in events] == ["a", "same", "c", "same"]
    assert {(event.ingested, event.level) for event in events} == {(0, Level.WARN)}
    source = events[0].source
    assert (source.target, source.kind, source.destination, source.instance, source.format) == (
        "clicks",
        "broker",
        "firehose",
        "1",
        "kafka",
    )


async def test_an_index_that_is_not_rotated(documents: Documents) -> None:
    """It is searched by its name."""
    documents.add_stream(rotation="NoRotation", cluster_endpoint=f"{documents.aws.url}/")
    documents.put("a", ago(100), "clicks")
    documents.put("x", ago(100), "clicks-2026-11-21")
    assert texts(await documents.history()) == ["a"]
    assert not documents.aws.calls_of("DescribeDomain")


async def test_a_domain_of_elasticsearch(documents: Documents) -> None:
    """Streams of before OpenSearch describe their destination under its old name."""
    documents.aws.opensearch.add_domain("old")
    documents.aws.firehose.add_stream(STREAM, other="Elasticsearch")
    line = {"timestamp": ago(100), "message": warning("a")}
    documents.aws.opensearch.put("old", "broker-logs-2026-11-21", line)
    assert texts(await documents.history()) == ["a"]


def iso(seconds_ago: float) -> str:
    """A moment as text."""
    return datetime.fromtimestamp(ago(seconds_ago) / 1000, UTC).isoformat()


@pytest.mark.parametrize(
    ("field", "time_of"),
    [
        ("timestamp", ago),
        ("@timestamp", iso),
        ("time", lambda seconds: ago(seconds) // 1000),
        ("eventTime", lambda seconds: ago(seconds) / 1000),
    ],
    ids=["ms", "ISO 8601", "s", "s with a fraction"],
)
async def test_times_in_every_form(
    documents: Documents,
    field: str,
    time_of: Callable[[float], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The field and its unit are found out; ranges and pages keep to it in both directions."""
    monkeypatch.setattr(index_module, "PAGE", 7)
    documents.add_stream()
    for n in range(40):
        message = warning(str(n))
        documents.put_as({field: time_of(400 - n), "message": message, "note": "2026-01-01"})
    documents.put_as({field: time_of(7200), "message": warning("too old")})
    expected = [str(n) for n in range(40)]
    events = await documents.history()
    assert texts(events) == expected
    assert all(abs(event.timestamp - ago(400 - n)) < 30_000 for n, event in enumerate(events))
    assert texts(await documents.history(lines=100)) == expected
    assert texts(await documents.history(lines=3)) == expected[-3:]


async def test_more_documents_of_one_millisecond_than_a_page_has(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They neither get lost nor hold the reading up, in either direction."""
    monkeypatch.setattr(index_module, "PAGE", 10)
    documents.add_stream()
    moment = ago(200)
    for n in range(57):
        documents.put(f"same{n}", moment, f"clicks-2026-11-2{n % 2}", id=f"d{n // 2}")
    documents.put("before", moment - 1)
    documents.put("after", moment + 1)
    expected = sorted(["before", "after", *(f"same{n}" for n in range(57))])
    forwards = texts(await documents.history())
    assert sorted(forwards) == expected
    assert (forwards[0], forwards[-1]) == ("before", "after")
    assert sorted(texts(await documents.history(lines=1000))) == expected
    tail = await documents.bench.stored("clicks", **documents.arguments())
    assert sorted(texts(list(tail.store.view()))) == expected


async def test_more_of_one_millisecond_than_can_be_told_apart(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left out is told, and the rest is read."""
    monkeypatch.setattr(index_module, "PAGE", 10)
    monkeypatch.setattr(index_module, "MOST_EXCLUDED", 20)
    documents.add_stream()
    moment = ago(200)
    for n in range(35):
        documents.put(f"same{n}", moment)
    documents.put("after", moment + 5)
    tail = await documents.bench.stored("clicks", **documents.arguments())
    (status,) = tail.readers
    assert len(tail.store) >= 21
    assert "after" in texts(list(tail.store.view()))
    assert status.passed_over
    assert "more than 20 documents of one millisecond" in status.problem


async def test_an_answer_that_is_too_large(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for again in smaller parts."""
    monkeypatch.setattr(domain_module, "MOST_BYTES", 20_000)
    documents.add_stream()
    for n in range(100):
        documents.put(f"{n}", ago(300 - n))
    assert texts(await documents.history()) == [str(n) for n in range(100)]


async def test_lines_of_a_trace_are_joined(documents: Documents) -> None:
    """A document for each line is an event nevertheless."""
    documents.add_stream()
    start = ago(100)
    documents.put("failed", start)
    trace = ["java.io.IOException: gone", "\tat a.b.C(C.java:1)", "\tat a.b.D(D.java:2)"]
    for n, text in enumerate(trace, 1):
        documents.put_as({"timestamp": start + n, "broker": 1, "message": text})
    documents.put("next", start + 50)
    events = await documents.history()
    assert texts(events) == ["failed", "next"]
    assert events[0].message.split("\n")[1:] == trace
    newest = await documents.history(lines=2)
    assert [event.message for event in newest] == [event.message for event in events]


async def test_documents_of_every_form_are_shown(documents: Documents) -> None:
    """One without a message is its own text, as it was received."""
    documents.add_stream()
    odd = {"timestamp": ago(50), "what": {"ever": [1, "😀"]}}
    documents.put_as(odd)
    documents.put("usual", ago(60))
    usual, event = await documents.history()
    assert json.loads(event.message) == odd
    assert (usual.source.instance, event.source.instance) == ("1", None)


async def test_one_instance(documents: Documents) -> None:
    """The others are known, and left out."""
    documents.add_stream()
    documents.put("a", ago(50))
    documents.put_as({"timestamp": ago(40), "broker": 2, "message": warning("b")})
    assert texts(await documents.history(instances=("2",))) == ["b"]
    with pytest.raises(TargetError, match="instance 7") as caught:
        await documents.history(instances=("7",))
    assert "There are: 1, 2." in caught.value.hint


# Live.


async def test_documents_show_once_however_late_they_come(documents: Documents) -> None:
    """Firehose holds records back for up to fifteen minutes."""
    documents.add_stream()
    documents.put("old", ago(300))
    async with documents.following() as following:
        watched = following.watched
        await watched.until(lambda events: texts(events) == ["old"])
        documents.put("new", ago(0))
        await watched.until(lambda events: "new" in texts(events))
        documents.put("delayed", ago(1000))
        documents.put("very late", ago(3000))
        await watched.until(lambda events: len(events) == 4)
        status = await the_status(following)
        requests = status.requests
        await eventually(lambda: status.requests > requests + 30)
        assert sorted(texts(watched.events)) == ["delayed", "new", "old", "very late"]
        assert status.state is State.LIVE
        assert status.place == f"{STREAM} → search/clicks-20*"


async def test_the_store_has_each_document_once(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """History and live reading run at the same time there."""
    monkeypatch.setattr(index_module, "PAGE", 10)
    documents.add_stream()
    for n in range(200):
        documents.put(str(n), ago(400 - n), visible=ago(-0.002 * n))
    async with documents.bench.filling("clicks", **documents.arguments()) as following:
        watched = following.watched
        await watched.until(lambda events: len(set(texts(events))) == 200)
        assert len(watched.events) == 200


async def test_an_index_without_documents_yet(documents: Documents) -> None:
    """It is waited for."""
    documents.add_stream()
    assert await documents.history() == []
    async with documents.following() as following:
        status = await the_status(following)
        await eventually(lambda: status.state is State.WAITING)
        assert "there are no documents yet" in status.reason
        documents.put("first", ago(10))
        await following.watched.until(lambda events: texts(events) == ["first"])
        await eventually(lambda: status.state is State.LIVE)
        assert not status.reason


async def test_what_was_written_while_the_domain_was_out_of_reach(documents: Documents) -> None:
    """It is read afterwards."""
    documents.add_stream()
    documents.put("before", ago(10))
    async with documents.following() as following:
        await following.watched.until(lambda events: texts(events) == ["before"])
        status = await the_status(following)
        await eventually(lambda: status.state is State.LIVE)
        down = documents.aws.faults.add(ServerError(), operation="Search")
        await eventually(lambda: status.state is State.FAILING)
        documents.put("meanwhile", ago(0))
        down.remove()
        await following.watched.until(lambda events: texts(events) == ["before", "meanwhile"])


# What stands in the way.


@pytest.mark.parametrize(
    "fault",
    [
        Throttle(),
        ServerError(),
        ServerError(500),
        ConnectionReset(),
        TruncatedBody(),
        BrokenTransfer(),
    ],
    ids=["429", "503", "500", "reset", "cut off", "broken off"],
)
async def test_failures_that_pass_lose_nothing(
    documents: Documents, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every search is asked again until it works."""
    monkeypatch.setattr(index_module, "PAGE", 10)
    documents.add_stream()
    for n in range(50):
        documents.put(str(n), ago(300 - n))
    documents.aws.faults.add(
        fault, operation="Search", times=3, where=lambda p: p.get("size") == 10
    )
    assert texts(await documents.history()) == [str(n) for n in range(50)]


async def test_credentials_that_are_no_good(documents: Documents) -> None:
    """They are named as the cause, and never shown."""
    documents.add_stream()
    for fault in (ExpiredCredentials(), InvalidSignature()):
        handle = documents.aws.faults.add(fault, operation="Search")
        with pytest.raises(CredentialsError):
            await documents.history()
        handle.remove()


async def test_a_signature_error_that_quotes_the_request(documents: Documents) -> None:
    """Such an answer holds the session's token."""
    quoted = "The Canonical String for this request should have been x-amz-security-token:SECRET"
    documents.add_stream()
    text = f"The request signature we calculated does not match.\n\n{quoted}"
    documents.aws.faults.add(ErrorFault("Any", text, 403), operation="Search")
    with pytest.raises(CredentialsError) as caught:
        await documents.history()
    assert "SECRET" not in caught.value.message
    assert "request signature we calculated" in caught.value.message


async def test_no_permission_to_search(documents: Documents) -> None:
    """IAM's refusal and the domain's own have different remedies."""
    documents.add_stream()
    denied = documents.aws.faults.add(AccessDenied(), operation="Search")
    with pytest.raises(TargetError, match="es:ESHttpPost") as caught:
        await documents.history()
    assert "es:ESHttpPost" in caught.value.hint
    denied.remove()
    text = "no permissions for [indices:data/read/search] and User [name=arn:aws:iam::1:role/r]"
    documents.aws.faults.add(ErrorFault("security_exception", text, 403), operation="Search")
    with pytest.raises(TargetError, match="indices:data/read/search") as caught:
        await documents.history()
    assert "fine-grained access control" in caught.value.hint


async def test_documents_without_a_time(documents: Documents) -> None:
    """They cannot be put into order, and that is said."""
    documents.add_stream()
    documents.put_as({"message": "x", "timestamp": "yesterday", "time": True, "date": 7})
    with pytest.raises(TargetError, match="have no time that they could be sorted by"):
        await documents.history()


# A domain of our own, for what the embedded one does not do.


async def test_text_that_is_not_quite_unicode(documents: Documents) -> None:
    """Half a character, and bytes that are none, cost only themselves."""
    time = ago(100)
    source = f'{{"time": {time}, "message": "half \\ud83d", "x": "\xff"}}'.encode("latin-1")
    text = b'{"hits":{"hits":[{"_index":"i","_id":"1","_source":%s,"sort":[%d]}]}}' % (source, time)
    async with answering(lambda request, body: web.Response(body=text)) as url:
        documents.add_stream(cluster_endpoint=url)
        (event,) = await documents.history()
    assert event.message == "half ?"


async def test_a_web_page_instead_of_a_result(documents: Documents) -> None:
    """A proxy or a sign-in page stands between."""
    page = web.Response(text="<html>Sign in", content_type="text/html")
    async with answering(lambda request, body: page) as url:
        documents.add_stream(cluster_endpoint=url)
        with pytest.raises(TargetError, match="answered 200 without JSON") as caught:
            await documents.history()
    assert "proxy or a sign-in page" in caught.value.hint


async def test_a_redirect_is_not_followed(documents: Documents) -> None:
    """It would carry the signature elsewhere."""
    asked: list[str] = []

    def answer(request: web.Request, body: Any) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with answering(answer) as url:
        documents.add_stream(cluster_endpoint=url)
        with pytest.raises(TargetError, match="answered 302"):
            await documents.history()
    assert "/elsewhere" not in asked


async def test_shards_that_do_not_answer(documents: Documents) -> None:
    """A part of the documents is not taken for all of them."""
    time = ago(100)
    found = {"_index": "i", "_id": "1", "_source": {"time": time, "message": "a"}, "sort": [time]}
    failed = [2]

    def answer(request: web.Request, body: Any) -> web.Response:
        if "sort" not in body or failed[0] == 0 or "bool" not in body["query"]:
            return hits(found)
        failed[0] -= 1
        return hits(**{"_shards": {"total": 5, "failed": 1}} if failed[0] else {"timed_out": True})

    async with answering(answer) as url:
        documents.add_stream(cluster_endpoint=url)
        events = await documents.history()
    assert [event.message for event in events] == ["a"]
    assert failed == [0]


async def test_a_collection_of_opensearch_serverless(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its requests are signed for another service, with the hash of their body."""
    time = ago(100)
    found = {"_index": "i", "_id": "1", "_source": {"time": time, "message": "a"}, "sort": [time]}
    seen: list[web.Request] = []

    def answer(request: web.Request, body: Any) -> web.Response:
        seen.append(request)
        return hits(found)

    async with answering(answer) as url:
        described = firehose_service._OTHERS["AmazonOpenSearchServerless"]
        monkeypatch.setitem(described, "CollectionEndpoint", url)
        documents.aws.firehose.add_stream(STREAM, other="AmazonOpenSearchServerless")
        events = await documents.history()
    assert [event.message for event in events] == ["a"]
    assert seen[0].path == "/broker-logs/_search"
    assert "/us-east-1/aoss/aws4_request" in seen[0].headers["Authorization"]
    assert "x-amz-content-sha256" in seen[0].headers["Authorization"]
