"""What CloudWatch Logs operations take, with the limits of the service's API model."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

GroupName = Annotated[str, Meta(min_length=1, max_length=512, pattern=r"^[.\-_/#A-Za-z0-9]+$")]
StreamName = Annotated[str, Meta(min_length=1, max_length=512, pattern=r"^[^:*]*$")]
GroupIdentifier = Annotated[str, Meta(min_length=1, max_length=2048, pattern=r"^[\w#+=/:,.@\-*]*$")]
Token = Annotated[str, Meta(min_length=1)]
Timestamp = Annotated[int, Meta(ge=0)]
PageLimit = Annotated[int, Meta(ge=1, le=10_000)]
ListLimit = Annotated[int, Meta(ge=1, le=50)]
LogGroupClass = Literal["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]


class Request(Struct, rename="camel"):
    """Base of all requests. Members that are not known are ignored, as the service does."""


class OneGroup(Request):
    """A request about one log group, by its name or by a name or ARN as identifier."""

    log_group_name: GroupName | None = None
    log_group_identifier: GroupIdentifier | None = None


class FilterLogEvents(OneGroup):
    """Search a log group."""

    log_stream_names: Annotated[list[StreamName], Meta(min_length=1, max_length=100)] | None = None
    log_stream_name_prefix: StreamName | None = None
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    filter_pattern: Annotated[str, Meta(max_length=1024)] = ""
    next_token: Token | None = None
    limit: PageLimit = 10_000
    start_from_head: bool = True
    interleaved: bool = True
    unmask: bool = False


class GetLogEvents(OneGroup, kw_only=True):
    """Read one log stream."""

    log_stream_name: StreamName
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    next_token: Token | None = None
    limit: PageLimit = 10_000
    start_from_head: bool = False
    unmask: bool = False


class DescribeLogGroups(Request):
    """List log groups."""

    account_identifiers: Annotated[list[str], Meta(max_length=20)] | None = None
    log_group_name_prefix: GroupName | None = None
    log_group_name_pattern: (
        Annotated[str, Meta(max_length=512, pattern=r"^[.\-_/#A-Za-z0-9]*$")] | None
    ) = None
    next_token: Token | None = None
    limit: ListLimit = 50
    include_linked_accounts: bool = False
    log_group_class: LogGroupClass | None = None
    log_group_identifiers: (
        Annotated[list[GroupIdentifier], Meta(min_length=1, max_length=50)] | None
    ) = None


class DescribeLogStreams(OneGroup):
    """List the streams of a log group."""

    log_stream_name_prefix: StreamName | None = None
    order_by: Literal["LogStreamName", "LastEventTime"] = "LogStreamName"
    descending: bool = False
    next_token: Token | None = None
    limit: ListLimit = 50


class CreateLogGroup(Request):
    """Make a log group."""

    log_group_name: GroupName
    kms_key_id: str | None = None
    log_group_class: LogGroupClass = "STANDARD"
    deletion_protection_enabled: bool = False


class CreateLogStream(Request):
    """Make a log stream."""

    log_group_name: GroupName
    log_stream_name: StreamName


class DeleteLogGroup(Request):
    """Remove a log group with all that is in it."""

    log_group_name: GroupName


class DeleteLogStream(Request):
    """Remove a log stream with its events."""

    log_group_name: GroupName
    log_stream_name: StreamName


class PutRetentionPolicy(Request):
    """Say how long events are kept."""

    log_group_name: GroupName
    retention_in_days: int


class InputLogEvent(Request):
    """An event that a client delivers."""

    timestamp: Timestamp
    message: Annotated[str, Meta(min_length=1)]


class PutLogEvents(Request):
    """Deliver events to a log stream."""

    log_group_name: GroupName
    log_stream_name: StreamName
    log_events: Annotated[list[InputLogEvent], Meta(min_length=1, max_length=10_000)]


class DescribeResourcePolicies(Request):
    """List resource policies of the account, or the one of a log group."""

    next_token: Token | None = None
    limit: ListLimit = 50
    resource_arn: str | None = None
    policy_scope: Literal["ACCOUNT", "RESOURCE"] = "ACCOUNT"


class PutResourcePolicy(Request):
    """Set a resource policy of the account or of a log group."""

    policy_name: str | None = None
    policy_document: Annotated[str, Meta(min_length=1, max_length=51_200)] | None = None
    resource_arn: str | None = None
    expected_revision_id: str | None = None


class DeleteResourcePolicy(Request):
    """Remove a resource policy."""

    policy_name: str | None = None
    resource_arn: str | None = None
    expected_revision_id: str | None = None
