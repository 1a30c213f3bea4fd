"""What PutLogEvents takes and what it rejects (API reference of PutLogEvents)."""

from __future__ import annotations

from mqtail.demo.calls import invalid_parameter
from mqtail.demo.log_groups import EVENT_OVERHEAD_BYTES
from mqtail.demo.logs_requests import InputLogEvent

MAX_BATCH_BYTES = 1_048_576
"""Sum of a batch's messages in UTF-8, and 26 bytes for each event."""

DAY_MS = 24 * 3600 * 1000
MAX_AGE_MS = 14 * DAY_MS
MAX_AHEAD_MS = 2 * 3600 * 1000
MAX_SPAN_MS = DAY_MS


def judge(
    events: list[InputLogEvent], now: int, retention_in_days: int | None
) -> tuple[list[InputLogEvent], dict[str, int]]:
    """The events of a batch that are accepted, and `rejectedLogEventsInfo`, empty if all are.

    Raises:
        ServiceError: InvalidParameterException for a batch that is refused as a whole: too large,
            not in the order of time, or spanning more than 24 hours.
    """
    size = sum(len(event.message.encode()) + EVENT_OVERHEAD_BYTES for event in events)
    if size > MAX_BATCH_BYTES:
        raise invalid_parameter(f"Upload too large: {size} bytes exceeds limit of 1048576")
    times = [event.timestamp for event in events]
    if times != sorted(times):
        raise invalid_parameter(
            "Log events in a single PutLogEvents request must be in chronological order."
        )
    oldest = now - MAX_AGE_MS
    kept_from = oldest if retention_in_days is None else now - retention_in_days * DAY_MS
    too_old = sum(time < oldest for time in times)
    expired = sum(time < kept_from for time in times)
    accepted_to = sum(time <= now + MAX_AHEAD_MS for time in times)
    accepted = events[max(too_old, expired) : accepted_to]
    if accepted and accepted[-1].timestamp - accepted[0].timestamp > MAX_SPAN_MS:
        raise invalid_parameter(
            "The batch of log events in a single PutLogEvents request cannot span more than 24"
            " hours."
        )
    rejected = {}
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired > too_old:
        rejected["expiredLogEventEndIndex"] = expired
    if accepted_to < len(events):
        rejected["tooNewLogEventStartIndex"] = accepted_to
    return accepted, rejected
