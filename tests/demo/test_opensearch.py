"""OpenSearch: domains as a real client sees them, and searches over signed HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape

from mqtail.clock import wall_clock_ms
from mqtail.demo import faults
from mqtail.demo.calls import Call, ServiceError
from mqtail.demo.opensearch_search import Document, search
from mqtail.demo.opensearch_service import OpenSearchService
from mqtail.demo.server import EmbeddedAws
from tests.demo.conftest import NOW, Clock, Connect

Find = Callable[..., Any]
"""Searches an index of a domain over HTTP; gives status and answer."""


@pytest.fixture
async def find(aws: EmbeddedAws) -> AsyncIterator[Find]:
    """Searches with requests that are signed as AWS's clients sign them."""
    async with aiohttp.ClientSession() as http:

        async def call(path: str, **body: Any) -> tuple[int, Any]:
            data = json.dumps(body)
            request = AWSRequest("POST", aws.url + path, {"Content-Type": "application/json"}, data)
            SigV4Auth(Credentials("key", "secret"), "es", "us-east-1").add_auth(request)
            headers = dict(request.headers.items())
            async with http.post(aws.url + path, data=data, headers=headers) as response:
                return response.status, await response.json()

        yield call


def document(number: int, index: str = "i", **source: Any) -> Document:
    """A document that is there."""
    return Document(index, f"id{number}", number, source, 0)


def ids(answer: Any) -> list[str]:
    """Ids of the hits, in order."""
    return [hit["_id"] for hit in answer["hits"]["hits"]]


TIMES = [
    document(0, at="2026-11-21T00:00:02Z", n=2, level="INFO"),
    document(1, at="2026-11-21T00:00:00.500+00:00", n=10, level="WARN"),
    document(2, at=NOW + 1000, n=1),
    document(3, at="2026-11-21T02:00:03+02:00", n=-5.5, nested={"field": "x"}),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (None, [0, 1, 2, 3]),
        ({"match_all": {}}, [0, 1, 2, 3]),
        ({"range": {"at": {"gte": "2026-11-21T00:00:01Z"}}}, [0, 2, 3]),
        ({"range": {"at": {"gt": NOW + 1000, "lt": NOW + 3000}}}, [0]),
        ({"range": {"at": {"gte": NOW, "lte": "2026-11-21T00:00:01"}}}, [1, 2]),
        ({"range": {"at": {}}}, [0, 1, 2, 3]),
        ({"range": {"n": {"lte": 2}}}, [0, 2, 3]),
        ({"range": {"level": {"gte": "J"}}}, [1]),
        ({"range": {"nowhere": {"gte": 0}}}, []),
        ({"exists": {"field": "level"}}, [0, 1]),
        ({"exists": {"field": "level.keyword"}}, [0, 1]),
        ({"exists": {"field": "nested.field"}}, [3]),
        ({"bool": {}}, [0, 1, 2, 3]),
        ({"bool": {"filter": {"exists": {"field": "level"}}}}, [0, 1]),
        (
            {
                "bool": {
                    "must": [{"match_all": {}}],
                    "filter": [{"range": {"n": {"gte": 1}}}, {"range": {"n": {"lt": 10}}}],
                }
            },
            [0, 2],
        ),
        ({"bool": {"must_not": [{"exists": {"field": "level"}}]}}, [2, 3]),
        (
            {"bool": {"should": [{"range": {"n": {"gt": 5}}}, {"range": {"n": {"lt": 0}}}]}},
            [1, 3],
        ),
    ],
)
def test_queries(query: Any, found: list[int]) -> None:
    """Times are compared as times, whichever way they are written."""
    answer = search(TIMES, {"query": query} if query else {})
    assert ids(answer) == [f"id{n}" for n in found]
    assert answer["hits"]["total"] == {"value": len(found), "relation": "eq"}


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("at", [1, 2, 0, 3]),
        ([{"at": {"order": "desc"}}], [3, 0, 2, 1]),
        ([{"n": "asc"}], [3, 2, 0, 1]),
        ([{"level": {"order": "asc", "unmapped_type": "keyword"}}, {"n": "desc"}], [0, 1, 2, 3]),
        ([{"level": "desc"}, {"n": "asc"}], [1, 0, 3, 2]),
        ([{"_id": "desc"}], [3, 2, 1, 0]),
        (["_doc"], [0, 1, 2, 3]),
        ([{"nowhere": {"unmapped_type": "date"}}, {"n": "asc"}], [3, 2, 0, 1]),
    ],
)
def test_sorting_and_going_on_after_each_hit(sort: Any, found: list[int]) -> None:
    """Documents without the field come last; search_after gives what a larger page gives."""
    expected = [f"id{n}" for n in found]
    assert ids(search(TIMES, {"sort": sort})) == expected
    got: list[str] = []
    body: dict[str, Any] = {"sort": sort, "size": 1}
    while hits := search(TIMES, body)["hits"]["hits"]:
        got += [hit["_id"] for hit in hits]
        body["search_after"] = hits[-1]["sort"]
    assert got == expected


def test_sort_values_are_milliseconds() -> None:
    """Of times, whichever way they are written; and other members of a hit."""
    (first, *_) = search(TIMES, {"sort": ["at", "_id"]})["hits"]["hits"]
    assert first == {
        "_index": "i",
        "_id": "id1",
        "_score": None,
        "_source": TIMES[1].source,
        "sort": [NOW + 500, "id1"],
    }
    assert "sort" not in search(TIMES, {})["hits"]["hits"][0]


def test_pages_and_fields() -> None:
    """Ten hits unless told otherwise, from some hit on; only the fields that are wanted."""
    many = [document(n, n=n, text="x") for n in range(30)]
    assert len(ids(search(many, {}))) == 10
    assert ids(search(many, {"from": 28, "size": "5"})) == ["id28", "id29"]
    (hit,) = search(many, {"size": 1, "_source": ["n*"]})["hits"]["hits"]
    assert hit["_source"] == {"n": 0}
    (hit,) = search(many, {"size": 1, "_source": False})["hits"]["hits"]
    assert "_source" not in hit
    large = [document(n) for n in range(10_001)]
    assert search(large, {})["hits"]["total"] == {"value": 10_000, "relation": "gte"}
    exact = search(large, {"track_total_hits": True})["hits"]["total"]
    assert exact == {"value": 10_001, "relation": "eq"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": {"match_all": {}, "exists": {}}}, "parsing_exception"),
        ({"query": {"fuzzy": {"a": "b"}}}, "parsing_exception"),
        ({"query": {"range": {"a": 3}}}, "parsing_exception"),
        ({"query": {"bool": []}}, "parsing_exception"),
        ({"query": "x"}, "parsing_exception"),
        ({"sort": [3]}, "parsing_exception"),
        ({"sort": ["nowhere"]}, "query_shard_exception"),
        ({"size": -1}, "illegal_argument_exception"),
        ({"size": 10_001}, "illegal_argument_exception"),
        ({"from": 9_999, "size": 2}, "illegal_argument_exception"),
        ({"search_after": [1]}, "illegal_argument_exception"),
        ({"sort": ["n"], "search_after": [1, 2]}, "illegal_argument_exception"),
    ],
)
def test_searches_that_make_no_sense(body: dict[str, Any], code: str) -> None:
    """OpenSearch's kinds of errors."""
    with pytest.raises(ServiceError) as raised:
        search(TIMES, body)
    assert raised.value.code == code


async def test_a_domain_and_its_endpoint(
    aws: EmbeddedAws,
    connect: Connect,
    find: Find,
    operation_model: Callable[[str, str], OperationModel],
    check_shape: Callable[[Shape | None, Any], None],
) -> None:
    """The endpoint leads back here; one in a VPC leads nowhere."""
    aws.opensearch.add_domain("logs")
    aws.opensearch.add_domain("inside", endpoint_reachable=False)
    aws.opensearch.put("logs", "broker-2026-11-21", {"message": "hello"}, id="one")
    client = await connect("opensearch")
    told = (await client.describe_domain(DomainName="logs"))["DomainStatus"]
    assert told["Endpoint"] == f"{aws.url}/_domains/logs"
    path = told["Endpoint"].removeprefix(aws.url)
    status, answer = await find(f"{path}/broker-*/_search")
    assert (status, ids(answer)) == (200, ["one"])
    hidden = (await client.describe_domain(DomainName="inside"))["DomainStatus"]
    assert "Endpoint" not in hidden
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get(hidden["Endpoints"]["vpc"])
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        await client.describe_domain(DomainName="none")
    far = await connect("opensearch", "eu-west-1")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        await far.describe_domain(DomainName="logs")
    for name in ("logs", "inside"):
        call = Call("es", "DescribeDomain", {"DomainName": name}, NOW, "us-east-1", "key")
        answer = aws.opensearch.answer(call)
        check_shape(operation_model("opensearch", "DescribeDomain").output_shape, answer)


async def test_indexes_by_name_and_pattern(aws: EmbeddedAws, find: Find) -> None:
    """Lists and wildcards; missing ones are an error unless told otherwise."""
    aws.opensearch.add_domain("logs")
    for index in ("a-1", "a-2", "b-1"):
        aws.opensearch.put("logs", index, {"x": 1}, id=index)
    for pattern, found in (
        ("a-1", ["a-1"]),
        ("a-*", ["a-1", "a-2"]),
        ("a-1,b-*", ["a-1", "b-1"]),
        ("_all", ["a-1", "a-2", "b-1"]),
        ("c-*", []),
        ("c-1,a-1?ignore_unavailable=true", ["a-1"]),
    ):
        name, _, query = pattern.partition("?")
        for prefix in ("/_domains/logs", ""):
            status, answer = await find(f"{prefix}/{name}/_search?{query}", query={"match_all": {}})
            assert (status, sorted(ids(answer))) == (200, found), pattern
    for path in ("/c-1/_search", "/c-*/_search?allow_no_indices=false", "/a-1,c-1/_search"):
        status, answer = await find(path)
        assert status == 404
        assert answer["error"]["type"] == "index_not_found_exception"
        assert answer["error"]["root_cause"][0]["index"].startswith("c-")
        assert answer["status"] == 404
    aws.opensearch.add_domain("second")
    assert (await find("/a-1/_search"))[0] == 404


def test_documents_appear_in_time(clock: Clock) -> None:
    """An index is there from its first document on; ids are made where none are given."""
    service = OpenSearchService(clock, "111122223333", "us-east-1", str)
    service.add_domain("logs")
    first = service.put("logs", "i", {}, visible=NOW + 1)
    assert service.put("logs", "i", {}, visible=NOW + 2) != first
    call = Call("es", "Search", {"domain": "logs", "index": "i"}, NOW, "us-east-1", "key")
    with pytest.raises(ServiceError, match="index_not_found_exception"):
        service.answer(call)
    call.time = NOW + 1
    assert ids(service.answer(call)) == [first]


async def test_errors_of_searches(aws: EmbeddedAws, find: Find) -> None:
    """In OpenSearch's form; unsigned requests are refused before."""
    aws.opensearch.add_domain("logs")
    aws.opensearch.put("logs", "i", {})
    status, answer = await find("/_domains/logs/i/_search", query={"nothing": {}})
    assert (status, answer["error"]["type"]) == (400, "parsing_exception")
    aws.faults.add(faults.AccessDenied(), operation="Search", times=1)
    status, answer = await find("/_domains/logs/i/_search")
    assert (status, answer["error"]["type"]) == (403, "security_exception")
    assert "es:ESHttpPost on resource: arn:aws:es:" in answer["error"]["reason"]
    aws.faults.add(faults.Throttle(), service="es", times=1)
    status, answer = await find("/_domains/logs/i/_search")
    assert (status, answer["error"]["type"]) == (429, "rejected_execution_exception")
    aws.faults.add(faults.SignatureTime(), service="es")
    assert (await find("/_domains/logs/i/_search"))[0] == 200
    aws.clock = lambda: wall_clock_ms() - 6 * 60_000
    status, answer = await find("/_domains/logs/i/_search")
    assert status == 403
    assert answer["message"].startswith("Signature not yet current: ")
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{aws.url}/_domains/logs/i/_search", json={}) as response,
    ):
        assert response.status == 403


async def test_a_stale_search(aws: EmbeddedAws, find: Find) -> None:
    """What was indexed a moment ago is not found yet."""
    aws.opensearch.add_domain("logs")
    old = aws.opensearch.put("logs", "i", {}, visible=aws.clock() - 60_000)
    aws.opensearch.put("logs", "i", {})
    aws.faults.add(faults.Stale(30), operation="Search")
    assert ids((await find("/_domains/logs/i/_search"))[1]) == [old]


async def test_a_domain_that_may_not_be_described(aws: EmbeddedAws, connect: Connect) -> None:
    """The management API has the errors of REST-JSON."""
    aws.faults.add(faults.AccessDenied(), service="es")
    client = await connect("opensearch")
    with pytest.raises(ClientError, match=r"AccessDeniedException.* es:DescribeDomain on"):
        await client.describe_domain(DomainName="logs")
