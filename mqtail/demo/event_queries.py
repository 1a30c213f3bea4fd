"""What FilterLogEvents asks of a log group."""

from __future__ import annotations

from mqtail.demo import logs_requests as requests
from mqtail.demo.calls import invalid_parameter, not_found
from mqtail.demo.filter_patterns import compile_pattern
from mqtail.demo.log_groups import EventQuery, LogGroup

NEWEST_FIRST_FROM_MS = 1_704_067_200_000
"""`startFromHead=false` needs a startTime of 2024-01-01T00:00Z or later (API reference), ms."""


def event_query(request: requests.FilterLogEvents, group: LogGroup) -> EventQuery:
    """The query of a request.

    Raises:
        ServiceError: parameters exclude each other, or name streams that are not there.
    """
    names, prefix = request.log_stream_names, request.log_stream_name_prefix
    if names is not None and prefix is not None:
        raise invalid_parameter(
            "logStreamNames and logStreamNamePrefix exclude each other; give one of them."
        )
    start, end = request.start_time, request.end_time
    if start is not None and end is not None and start > end:
        raise invalid_parameter("startTime must not be after endTime.")
    if not request.start_from_head and (start is None or start < NEWEST_FIRST_FROM_MS):
        raise invalid_parameter(
            "startFromHead=false needs a startTime of Jan 1, 2024 00:00:00 UTC or later."
        )
    missing = set(names or ()) - group.streams.keys()
    if missing:
        raise not_found("The specified log stream does not exist.")
    text = request.filter_pattern
    return EventQuery(
        frozenset(names) if names is not None else None,
        prefix or "",
        start,
        end,
        compile_pattern(text) if text.strip() else None,
    )
