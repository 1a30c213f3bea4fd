"""Bodies of FilterLogEvents: what is taken, and what counts as a failed read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.aws.decoding import decode_page, hook_filter_log_events
from mqtail.aws.failures import UnreadableAnswer

EVENT = {
    "logStreamName": "s",
    "timestamp": 5,
    "message": "text",
    "ingestionTime": 6,
    "eventId": "1",
}


@given(st.lists(st.text()), st.none() | st.text(min_size=1))
def test_a_page_as_the_service_sends_it(messages: list[str], token: str | None) -> None:
    """Every message comes out as it went in."""
    body = {"events": [EVENT | {"message": m} for m in messages], "searchedLogStreams": []}
    page = decode_page(json.dumps(body | ({"nextToken": token} if token else {})).encode())
    assert [event.message for event in page.events] == messages
    assert page.next_token == token


def test_half_a_surrogate_pair_is_not_a_broken_page() -> None:
    """One odd message must not hide ten thousand others."""
    page = decode_page(json.dumps({"events": [EVENT | {"message": "a\ud800b"}]}).encode())
    assert page.events[0].message == "a\ud800b"


@given(st.integers(0, 200))
def test_a_body_cut_anywhere_is_a_failed_read(length: int) -> None:
    """Never an empty page: botocore would take it for one."""
    body = json.dumps({"events": [EVENT], "nextToken": "t"}).encode()
    if length >= len(body):
        return
    with pytest.raises(UnreadableAnswer):
        decode_page(body[:length])


def test_an_answer_without_events_is_a_failed_read() -> None:
    """The service always sends the list, if need be an empty one."""
    with pytest.raises(UnreadableAnswer):
        decode_page(b"{}")


def test_error_answers_are_left_to_botocore() -> None:
    """The hook sees them too."""
    answer, custom = {"status_code": 400, "body": b'{"__type": "X"}'}, {}  # type: dict[str, object], dict[str, object]
    hook_filter_log_events(response_dict=answer, customized_response_dict=custom)
    assert custom == {}
    assert answer["body"] == b'{"__type": "X"}'
