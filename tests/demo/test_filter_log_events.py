"""FilterLogEvents: each parameter, the order, and pages."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqtail.demo.calls import Call, ServiceError
from mqtail.demo.logs_service import LogsService

Ask = Callable[..., dict[str, Any]]

GROUP = "/aws/amazonmq/broker/b-1/general"
NOW = 1_795_219_200_000
ARN = f"arn:aws:logs:us-east-1:111122223333:log-group:{GROUP}"


@pytest.fixture
def ask_group(service: LogsService, ask: Ask) -> Callable[..., list[str]]:
    """Messages of FilterLogEvents on a group of two streams with ten events, one a second."""
    for n in range(10):
        stream = "activemq-b-1-1.log" if n % 2 else "activemq-b-1-2.log"
        service.put(GROUP, stream, [(NOW + n * 1000, f"event {n}")])

    def call(**parameters: Any) -> list[str]:
        if "logGroupIdentifier" not in parameters:
            parameters["logGroupName"] = GROUP
        events = ask("FilterLogEvents", **parameters)["events"]
        return [event["message"].removeprefix("event ") for event in events]

    return call


@pytest.fixture
def refused(ask: Ask) -> Callable[..., str]:
    """The error code that a call is answered with."""

    def call(operation: str, **parameters: Any) -> str:
        with pytest.raises(ServiceError) as raised:
            ask(operation, **parameters)
        return raised.value.code

    return call


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "0123456789"),
        ({"startTime": NOW + 3000}, "3456789"),
        ({"startTime": NOW + 3001}, "456789"),
        ({"endTime": NOW + 3000}, "0123"),
        ({"endTime": NOW + 2999}, "012"),
        ({"startTime": NOW + 2000, "endTime": NOW + 2000}, "2"),
        ({"logStreamNames": ["activemq-b-1-1.log"]}, "13579"),
        ({"logStreamNames": ["activemq-b-1-1.log", "activemq-b-1-2.log"]}, "0123456789"),
        ({"logStreamNamePrefix": "activemq-b-1-2"}, "02468"),
        ({"logStreamNamePrefix": "nothing"}, ""),
        ({"filterPattern": "event -7"}, "012345689"),
        ({"limit": 3}, "012"),
        ({"startFromHead": False, "startTime": NOW}, "9876543210"),
        ({"startFromHead": False, "startTime": NOW, "limit": 2}, "98"),
        ({"interleaved": False}, "0123456789"),
        ({"logGroupIdentifier": GROUP}, "0123456789"),
        ({"logGroupIdentifier": ARN}, "0123456789"),
    ],
)
def test_parameters(
    ask_group: Callable[..., list[str]], parameters: dict[str, Any], expected: str
) -> None:
    """Both ends belong to the range; the others narrow it down, cut it or turn it round."""
    assert "".join(ask_group(**parameters)) == expected


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"logGroupName": GROUP, "logGroupIdentifier": GROUP}, "InvalidParameterException"),
        ({}, "InvalidParameterException"),
        ({"logGroupIdentifier": ARN + ":*"}, "InvalidParameterException"),
        (
            {"logGroupName": GROUP, "logStreamNames": ["a"], "logStreamNamePrefix": "a"},
            "InvalidParameterException",
        ),
        ({"logGroupName": GROUP, "logStreamNames": []}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "logStreamNames": ["s"] * 101}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "logStreamNames": ["nothing"]}, "ResourceNotFoundException"),
        ({"logGroupName": GROUP, "limit": 0}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "limit": 10_001}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "limit": "5"}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "startTime": -1}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "startTime": 2, "endTime": 1}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "filterPattern": "x" * 1025}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "filterPattern": "{ $.a = 1 }"}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "nextToken": "nonsense"}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "nextToken": "é"}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "startFromHead": False}, "InvalidParameterException"),
        (
            {"logGroupName": GROUP, "startFromHead": False, "startTime": 1_704_067_199_999},
            "InvalidParameterException",
        ),
        ({"logGroupName": "/no/such/group"}, "ResourceNotFoundException"),
        ({"logGroupName": "not a name"}, "InvalidParameterException"),
        ({"logGroupIdentifier": ARN.replace("1111", "2222")}, "ResourceNotFoundException"),
        ({"logGroupIdentifier": ARN.replace("us-east", "us-west")}, "ResourceNotFoundException"),
    ],
)
def test_refused(
    service: LogsService, refused: Callable[..., str], parameters: dict[str, Any], code: str
) -> None:
    """Parameters that exclude each other, or lie outside their limits, get AWS's error codes."""
    service.create_group(GROUP)
    assert refused("FilterLogEvents", **parameters) == code


def test_newest_first_from_2024_on(service: LogsService, ask: Ask) -> None:
    """The first moment at which startFromHead=false is taken."""
    service.create_group(GROUP)
    parameters = {"startFromHead": False, "startTime": 1_704_067_200_000}
    assert ask("FilterLogEvents", logGroupName=GROUP, **parameters)["events"] == []


def test_regions_are_apart(service: LogsService, ask: Ask, refused: Callable[..., str]) -> None:
    """A group exists in its own region only."""
    service.put(GROUP, "s", [(NOW, "x")], region="eu-west-1")
    assert ask("FilterLogEvents", _region="eu-west-1", logGroupName=GROUP)["events"]
    assert refused("FilterLogEvents", logGroupName=GROUP) == "ResourceNotFoundException"


def test_other_log_classes_cannot_be_read(
    service: LogsService, refused: Callable[..., str]
) -> None:
    """Infrequent access: the group is there, reading its events is not supported."""
    service.create_group(GROUP, log_group_class="INFREQUENT_ACCESS")
    assert refused("FilterLogEvents", logGroupName=GROUP) == "InvalidParameterException"


def test_events_have_unique_ids_like_aws(service: LogsService, ask: Ask) -> None:
    """56 digits each, and no two alike."""
    service.put(GROUP, "s", [(NOW, "same")] * 500)
    ids = [event["eventId"] for event in ask("FilterLogEvents", logGroupName=GROUP)["events"]]
    assert len(set(ids)) == 500
    assert all(len(id_) == 56 and id_.isdecimal() for id_ in ids)


def test_order_is_time_then_ingestion_then_delivery(service: LogsService, ask: Ask) -> None:
    """Whatever the order in which events were delivered."""
    service.put(
        GROUP, "a", [(NOW + 5, "late in time"), (NOW, "4 second request")], ingested=NOW - 9
    )
    service.put(GROUP, "b", [(NOW, "2 first"), (NOW, "3 first")], ingested=NOW - 10)
    service.put(GROUP, "b", [(NOW, "1 ingested earliest")], ingested=NOW - 11)
    service.put(GROUP, "a", [(NOW, "5 third request")], ingested=NOW - 9)
    messages = [e["message"] for e in ask("FilterLogEvents", logGroupName=GROUP)["events"]]
    assert messages == [
        "1 ingested earliest",
        "2 first",
        "3 first",
        "4 second request",
        "5 third request",
        "late in time",
    ]


def test_events_appear_when_they_become_visible(service: LogsService, ask: Ask, clock: Any) -> None:
    """With the server's time of that moment as their ingestion time; so does their stream."""
    service.create_group(GROUP)
    service.put(GROUP, "s", [(NOW - 20_000, "late")], visible_at=NOW + 1000)
    assert ask("FilterLogEvents", logGroupName=GROUP)["events"] == []
    assert ask("DescribeLogStreams", logGroupName=GROUP)["logStreams"] == []
    clock.now += 1000
    (event,) = ask("FilterLogEvents", logGroupName=GROUP)["events"]
    assert event["ingestionTime"] == NOW + 1000
    assert [event.message for event in service.events(GROUP, "s")] == ["late"]


def test_a_page_holds_one_megabyte(service: LogsService, ask: Ask) -> None:
    """Whatever the limit; an event larger than that is a page of its own."""
    service.put(GROUP, "s", [(NOW + n, "é" * 200_000) for n in range(6)])
    page = ask("FilterLogEvents", logGroupName=GROUP)
    assert len(page["events"]) == 2
    assert "nextToken" in page


def test_a_page_holds_ten_thousand_events(service: LogsService, ask: Ask) -> None:
    """More need a second page."""
    service.put(GROUP, "s", [(NOW + n, "x") for n in range(10_001)])
    page = ask("FilterLogEvents", logGroupName=GROUP)
    assert len(page["events"]) == 10_000
    rest = ask("FilterLogEvents", logGroupName=GROUP, nextToken=page["nextToken"])
    assert len(rest["events"]) == 1
    assert "nextToken" not in rest


@pytest.mark.parametrize(
    "other",
    [
        {"filterPattern": "x"},
        {"startTime": 1},
        {"endTime": NOW * 2},
        {"logStreamNames": ["s"]},
        {"logStreamNamePrefix": "s"},
        {"logGroupName": "/other"},
    ],
)
def test_a_token_belongs_to_its_query(
    service: LogsService, ask: Ask, refused: Callable[..., str], other: dict[str, Any]
) -> None:
    """Sent with other parameters it is refused."""
    service.create_group("/other")
    service.put(GROUP, "s", [(NOW, "x"), (NOW, "x")])
    token = ask("FilterLogEvents", logGroupName=GROUP, limit=1)["nextToken"]
    parameters = {"logGroupName": GROUP, "nextToken": token} | other
    assert refused("FilterLogEvents", **parameters) == "InvalidParameterException"
    assert ask("FilterLogEvents", logGroupName=GROUP, nextToken=token)["events"]


def test_a_token_lives_for_a_day(
    service: LogsService, ask: Ask, refused: Callable[..., str], clock: Any
) -> None:
    """After 24 hours it is refused."""
    service.put(GROUP, "s", [(NOW, "x"), (NOW, "x")])
    token = ask("FilterLogEvents", logGroupName=GROUP, limit=1)["nextToken"]
    clock.now += 24 * 3600 * 1000
    assert ask("FilterLogEvents", logGroupName=GROUP, nextToken=token)["events"]
    clock.now += 1
    code = refused("FilterLogEvents", logGroupName=GROUP, nextToken=token)
    assert code == "InvalidParameterException"


def test_the_token_keeps_the_direction(service: LogsService, ask: Ask) -> None:
    """Later pages go on as the first did, whatever startFromHead says there."""
    service.put(GROUP, "s", [(NOW + n, str(n)) for n in range(4)])
    first = ask(
        "FilterLogEvents",
        logGroupName=GROUP,
        startTime=1_704_067_200_000,
        startFromHead=False,
        limit=2,
    )
    second = ask(
        "FilterLogEvents",
        logGroupName=GROUP,
        startTime=1_704_067_200_000,
        nextToken=first["nextToken"],
    )
    assert [e["message"] for e in first["events"] + second["events"]] == ["3", "2", "1", "0"]


def read_all(ask: Ask, faults: dict[str, int], **parameters: Any) -> list[list[dict[str, Any]]]:
    """All pages of a query."""
    pages = []
    token: dict[str, str] = {}
    while True:
        answer = ask("FilterLogEvents", _faults=faults, **parameters, **token)
        pages.append(answer["events"])
        if "nextToken" not in answer:
            return pages
        token = {"nextToken": answer["nextToken"]}


DELIVERIES = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 5), st.sampled_from("ab")), max_size=40
)


@settings(deadline=None)
@given(
    deliveries=DELIVERIES,
    limit=st.integers(1, 12),
    scan_limit=st.integers(1, 12),
    forward=st.booleans(),
    empty_pages=st.integers(0, 2),
    stream=st.sampled_from([None, "a"]),
)
def test_pages_hold_every_match_once_and_in_order(
    deliveries: list[tuple[int, int, str]],
    limit: int,
    scan_limit: int,
    forward: bool,
    empty_pages: int,
    stream: str | None,
) -> None:
    """Whatever the limit, the direction, and the empty pages between."""
    service = filled(deliveries)
    service.scan_limit = scan_limit
    parameters: dict[str, Any] = {"logGroupName": GROUP, "limit": limit, "startTime": NOW}
    parameters["startFromHead"] = forward
    if stream is not None:
        parameters["logStreamNamePrefix"] = stream
    pages = read_all(caller(service), {"empty_pages": empty_pages}, **parameters)
    read = [(e["timestamp"], e["ingestionTime"], e["eventId"]) for page in pages for e in page]
    expected = sorted(
        (e.timestamp, e.ingestion_time, e.event_id) for e in service.events(GROUP, stream)
    )
    assert read == (expected if forward else expected[::-1])
    assert all(len(page) <= limit for page in pages)
    if empty_pages and read:
        assert pages[:empty_pages] == [[]] * empty_pages


@settings(deadline=None)
@given(deliveries=DELIVERIES, limit=st.integers(1, 12), forward=st.booleans())
def test_repeated_events_add_nothing_new(
    deliveries: list[tuple[int, int, str]], limit: int, forward: bool
) -> None:
    """Pages that repeat the end of the page before hold the same events, some of them twice."""
    service = filled(deliveries)
    parameters = {"logGroupName": GROUP, "limit": limit, "startTime": NOW, "startFromHead": forward}
    pages = read_all(caller(service), {"repeated_events": 2}, **parameters)
    read = [event["eventId"] for page in pages for event in page]
    expected = [event.event_id for event in service.events(GROUP)]
    assert list(dict.fromkeys(read)) == (expected if forward else expected[::-1])
    for before, page in pairwise(pages):
        repeated = min(2, limit - 1, len(before))
        assert page[:repeated] == before[len(before) - repeated :]


def filled(deliveries: list[tuple[int, int, str]]) -> LogsService:
    """A service with events of given times, ingestion times and streams."""
    service = LogsService(lambda: NOW + 100, "111122223333", "us-east-1")
    service.create_group(GROUP)
    for time, ingested, stream in deliveries:
        service.put(GROUP, stream, [(NOW + time, "event")], ingested=NOW + ingested)
    return service


def caller(service: LogsService) -> Ask:
    """Calls operations of a service."""

    def call(operation: str, _faults: dict[str, Any], **given: Any) -> dict[str, Any]:
        made = Call("logs", operation, given, NOW + 100, "us-east-1", "key", **_faults)
        answer: dict[str, Any] = msgspec.to_builtins(service.answer(made))
        return answer

    return call
