"""DescribeLogGroups and DescribeLogStreams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mqtail.demo import logs_requests as requests
from mqtail.demo.calls import invalid_parameter
from mqtail.demo.log_groups import LogGroup, LogStream
from mqtail.demo.paging import Tokens


def describe_log_groups(
    groups: Iterable[LogGroup], request: requests.DescribeLogGroups, tokens: Tokens, now: int
) -> dict[str, Any]:
    """A page of log groups in ASCII order of their names.

    Raises:
        ServiceError: InvalidParameterException for parameters that exclude each other.
    """
    prefix, pattern = request.log_group_name_prefix, request.log_group_name_pattern
    identifiers = request.log_group_identifiers
    if prefix is not None and pattern is not None:
        raise invalid_parameter("LogGroup name prefix and LogGroup name pattern are exclusive.")
    if identifiers is not None and (prefix or pattern or request.log_group_class):
        raise invalid_parameter("logGroupIdentifiers cannot be combined with other filters.")
    if request.account_identifiers and not request.include_linked_accounts:
        raise invalid_parameter("accountIdentifiers needs includeLinkedAccounts.")
    found = []
    for group in groups:
        if prefix is not None and not group.name.startswith(prefix):
            continue
        if pattern is not None and pattern not in group.name:
            continue
        if identifiers is not None and not {group.name, group.arn} & set(identifiers):
            continue
        if request.log_group_class not in (None, group.log_group_class):
            continue
        group.settle(now)
        found.append((group.name, group))
    found.sort(key=lambda item: item[0])
    bound = ("groups", prefix, pattern, identifiers, request.log_group_class)
    page, token = tokens.list_page(found, bound, request.next_token, request.limit, now)
    told = [_short_group(group) if pattern is not None else _group(group) for group in page]
    return {"logGroups": told} | ({"nextToken": token} if token else {})


def describe_log_streams(
    group: LogGroup, request: requests.DescribeLogStreams, tokens: Tokens, now: int
) -> dict[str, Any]:
    """A page of a group's streams, by name or by the time of their last event.

    Raises:
        ServiceError: InvalidParameterException for a prefix with the order LastEventTime.
    """
    prefix, by_time = request.log_stream_name_prefix, request.order_by == "LastEventTime"
    if by_time and prefix is not None:
        raise invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
    found = [item for item in group.streams.items() if item[0].startswith(prefix or "")]
    found.sort(
        key=lambda item: (item[1].last_event or 0 if by_time else 0, item[0]),
        reverse=request.descending,
    )
    bound = ("streams", group.arn, prefix, request.order_by, request.descending)
    page, token = tokens.list_page(found, bound, request.next_token, request.limit, now)
    told = [_stream(group, stream) for stream in page]
    return {"logStreams": told} | ({"nextToken": token} if token else {})


def _short_group(group: LogGroup) -> dict[str, Any]:
    """The members that a search with a pattern gives."""
    return {
        "logGroupName": group.name,
        "creationTime": group.creation_time,
        "arn": f"{group.arn}:*",
    }


def _group(group: LogGroup) -> dict[str, Any]:
    told = _short_group(group) | {
        "logGroupArn": group.arn,
        "metricFilterCount": 0,
        "storedBytes": group.stored_bytes,
        "logGroupClass": group.log_group_class,
        "deletionProtectionEnabled": group.deletion_protection,
    }
    if group.retention_in_days is not None:
        told["retentionInDays"] = group.retention_in_days
    if group.kms_key_id is not None:
        told["kmsKeyId"] = group.kms_key_id
    return told


def _stream(group: LogGroup, stream: LogStream) -> dict[str, Any]:
    told: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": stream.creation_time,
        "arn": f"{group.arn}:log-stream:{stream.name}",
        # Always 0 since 2019 (API reference of LogStream).
        "storedBytes": 0,
    }
    if stream.last_event is not None:
        told |= {
            "firstEventTimestamp": stream.first_event,
            "lastEventTimestamp": stream.last_event,
            "lastIngestionTime": stream.last_ingestion,
        }
    return told
