"""GetLogEvents: the range, the direction, and tokens that are never missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mqtail.demo.calls import ServiceError
from mqtail.demo.logs_service import LogsService

GROUP, STREAM = "/app/a", "s"
NOW = 1_795_219_200_000

Read = Callable[..., dict[str, Any]]


@pytest.fixture
def read(service: LogsService, ask: Callable[..., dict[str, Any]]) -> Read:
    """GetLogEvents on a stream of ten events, one a second, with another stream beside it."""
    for n in range(10):
        service.put(GROUP, STREAM, [(NOW + n * 1000, str(n))])
        service.put(GROUP, "other", [(NOW + n * 1000, "other")])

    def call(**parameters: Any) -> dict[str, Any]:
        named = {"logGroupName": GROUP, "logStreamName": STREAM}
        return ask("GetLogEvents", **(named | parameters))

    return call


def text(answer: dict[str, Any]) -> str:
    """The messages in one string."""
    return "".join(event["message"] for event in answer["events"])


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "0123456789"),
        ({"startTime": NOW + 3000}, "3456789"),
        ({"endTime": NOW + 3000}, "012"),
        ({"limit": 3}, "789"),
        ({"limit": 3, "startFromHead": True}, "012"),
    ],
)
def test_range_and_direction(read: Read, parameters: dict[str, Any], expected: str) -> None:
    """The end does not belong to the range; the newest events come first, in order of time."""
    assert text(read(**parameters)) == expected


def test_events_have_no_id(read: Read) -> None:
    """Other than those of FilterLogEvents."""
    assert read(limit=1)["events"][0].keys() == {"timestamp", "message", "ingestionTime"}


def test_forward_to_the_end(read: Read, service: LogsService) -> None:
    """Followed to the end, the token stays the same; new events are found with it later."""
    pages: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = read(limit=4, startFromHead=True, **token)
        pages.append(text(page))
        if token.get("nextToken") == page["nextForwardToken"]:
            break
        token = {"nextToken": page["nextForwardToken"]}
    assert pages == ["0123", "4567", "89", ""]
    service.put(GROUP, STREAM, [(NOW + 60_000, "new")])
    assert text(read(startFromHead=True, **token)) == "new"


def test_backward_to_the_end(read: Read) -> None:
    """The same in the other direction, and from its end forward again."""
    page = read(limit=6)
    assert text(page) == "456789"
    page = read(limit=6, nextToken=page["nextBackwardToken"])
    assert text(page) == "0123"
    end = page["nextBackwardToken"]
    page = read(limit=6, nextToken=end)
    assert (text(page), page["nextBackwardToken"]) == ("", end)
    page = read(limit=3, nextToken=page["nextForwardToken"], startFromHead=True)
    assert text(page) == "012"


def test_a_page_can_be_empty_before_the_end(read: Read, service: LogsService) -> None:
    """Where the service looked at other streams' events only."""
    service.scan_limit = 1
    token: dict[str, Any] = {}
    found = ""
    for _ in range(25):
        page = read(startFromHead=True, **token)
        found += text(page)
        token = {"nextToken": page["nextForwardToken"]}
    assert found == "0123456789"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"logStreamName": "nothing"}, "ResourceNotFoundException"),
        ({"logGroupName": "/nothing"}, "ResourceNotFoundException"),
        ({"logGroupIdentifier": GROUP}, "InvalidParameterException"),
        ({"nextToken": "f/nonsense"}, "InvalidParameterException"),
        ({"nextToken": "nonsense"}, "InvalidParameterException"),
        ({"limit": 10_001}, "InvalidParameterException"),
        ({"logStreamName": "a:b"}, "InvalidParameterException"),
    ],
)
def test_refused(read: Read, parameters: dict[str, Any], code: str) -> None:
    """Errors have AWS's codes."""
    with pytest.raises(ServiceError) as raised:
        read(**parameters)
    assert raised.value.code == code


def test_a_forward_token_needs_start_from_head(read: Read) -> None:
    """Without startFromHead=true it is refused, and with other parameters as well."""
    token = read(limit=2, startFromHead=True)["nextForwardToken"]
    for parameters in ({}, {"startFromHead": True, "startTime": NOW}):
        with pytest.raises(ServiceError, match="InvalidParameterException"):
            read(nextToken=token, **parameters)
