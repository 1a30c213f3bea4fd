"""CloudWatch Logs in memory: the operations that read a log, and those that a client feeds it by.

Behaviour follows the API reference (2014-03-28): what ends are included, how pages are cut,
which parameters exclude each other, which error is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

import msgspec

from mqtail.demo import log_ingestion
from mqtail.demo import logs_requests as requests
from mqtail.demo.calls import Call, Permission, ServiceError, invalid_parameter, not_found
from mqtail.demo.event_queries import event_query
from mqtail.demo.log_groups import EventQuery, LogGroup, StoredEvent, after, before
from mqtail.demo.log_listing import describe_log_groups, describe_log_streams
from mqtail.demo.paging import Place, Tokens, doubled
from mqtail.demo.resource_policies import ResourcePolicies, group_arn
from mqtail.demo.service import Service
from mqtail.demo.wire import JsonWire

RETENTION_DAYS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731}
    | {1096, 1827, 2192, 2557, 2922, 3288, 3653}
)
"""What PutRetentionPolicy takes (API reference)."""

_WITHOUT_RESOURCE = (
    "DescribeLogGroups",
    "DescribeResourcePolicies",
    "PutResourcePolicy",
    "DeleteResourcePolicy",
)
"""Operations that a policy allows for `*` only (service authorization reference)."""


class LogsService(Service):
    """Log groups of one account in any number of regions.

    Attributes:
        scan_limit: so many events are looked at for one page; a smaller number gives pages that
            are partly full or empty with more to come, as AWS does on large groups.
        tokens: its page tokens, whose life can be shortened.
    """

    wire = JsonWire("Logs_20140328")

    def __init__(self, clock: Callable[[], int], account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self.scan_limit = 1_000_000
        self._groups: dict[str, dict[str, LogGroup]] = {}
        self._policies: dict[str, ResourcePolicies] = {}
        self.tokens = Tokens()
        self._delivered = count(1)
        self._operations = self.named(
            (requests.FilterLogEvents, self._filter_log_events),
            (requests.GetLogEvents, self._get_log_events),
            (requests.DescribeLogGroups, self._describe_log_groups),
            (requests.DescribeLogStreams, self._describe_log_streams),
            (requests.CreateLogGroup, self._create_log_group),
            (requests.CreateLogStream, self._create_log_stream),
            (requests.DeleteLogGroup, self._delete_log_group),
            (requests.DeleteLogStream, self._delete_log_stream),
            (requests.PutRetentionPolicy, self._put_retention_policy),
            (requests.PutLogEvents, self._put_log_events),
            (requests.DescribeResourcePolicies, self._describe_resource_policies),
            (requests.PutResourcePolicy, self._put_resource_policy),
            (requests.DeleteResourcePolicy, self._delete_resource_policy),
        )

    # For tests and stories.

    def create_group(
        self,
        name: str,
        *,
        region: str | None = None,
        log_group_class: str = "STANDARD",
        retention_in_days: int | None = None,
        kms_key_id: str | None = None,
    ) -> LogGroup:
        """Make a log group; the one of this name where there is one already."""
        groups = self._groups.setdefault(region or self.region, {})
        if name not in groups:
            groups[name] = LogGroup(
                name,
                self.group_arn(name, region=region),
                self.clock(),
                log_group_class=log_group_class,
                retention_in_days=retention_in_days,
                kms_key_id=kms_key_id,
            )
        return groups[name]

    def group(self, name: str, *, region: str | None = None) -> LogGroup | None:
        """The log group of a name."""
        return self._groups.get(region or self.region, {}).get(name)

    def group_arn(self, name: str, *, region: str | None = None) -> str:
        """The ARN of a log group, whether it is there or not."""
        return f"arn:aws:logs:{region or self.region}:{self.account}:log-group:{name}"

    def put_resource_policy(
        self,
        name: str,
        document: Mapping[str, Any],
        *,
        group: str | None = None,
        region: str | None = None,
    ) -> None:
        """Set a resource policy of the account, or of one log group."""
        text = msgspec.json.encode(document).decode()
        arn = None if group is None else self.group_arn(group, region=region)
        request = requests.PutResourcePolicy(name, text, arn)
        self._policies_of(region or self.region).put(request, self.clock())

    def resource_policies(self, group: str, *, region: str | None = None) -> list[str]:
        """The documents that hold for a log group: those of the account, and its own."""
        region = region or self.region
        return self._policies_of(region).documents(self.group_arn(group, region=region))

    def create_stream(self, group: str, stream: str, *, region: str | None = None) -> None:
        """Make a log stream without events, and its group if it is not there."""
        self.create_group(group, region=region).add_stream(stream, self.clock())

    def delete_group(self, name: str, *, region: str | None = None) -> None:
        """Delete a log group with its events; nothing happens if it is not there.

        One that is made again under its name is empty.
        """
        self._groups.get(region or self.region, {}).pop(name, None)

    def delete_stream(self, group: str, stream: str, *, region: str | None = None) -> None:
        """Delete a log stream with its events; nothing happens if it is not there."""
        found = self.group(group, region=region)
        if found is not None and stream in found.streams:
            found.drop_stream(stream)

    def put(
        self,
        group: str,
        stream: str,
        events: Iterable[tuple[int, str]],
        *,
        ingested: int | None = None,
        visible_at: int | None = None,
        region: str | None = None,
    ) -> list[StoredEvent]:
        """Deliver events `(timestamp in ms, message)` past the rules of PutLogEvents.

        Group and stream are made as needed. Ingestion time is `ingested`, else `visible_at`, else
        now; readers see the events from `visible_at` on, else from their ingestion on.

        Returns:
            The events as they will be read.
        """
        now = self.clock()
        due = visible_at if visible_at is not None else ingested if ingested is not None else now
        time = ingested if ingested is not None else due
        stored = [
            StoredEvent(stream, timestamp, message, time, self._event_id(time))
            for timestamp, message in events
        ]
        self.create_group(group, region=region).add(stored, due, now)
        return stored

    def events(
        self, group: str, stream: str | None = None, *, region: str | None = None
    ) -> list[StoredEvent]:
        """The events of a group, or one stream of it, that a reader can see now, in order."""
        found = self.create_group(group, region=region)
        found.settle(self.clock())
        return [e for e in found.events if stream is None or e.log_stream_name == stream]

    def permission(self, call: Call) -> Permission:
        """The log group that is named, and its streams; lists and policies have no resource."""
        parameters = call.parameters
        if call.operation in _WITHOUT_RESOURCE:
            return Permission(f"logs:{call.operation}", "*")
        name = parameters.get("logGroupName") or parameters.get("logGroupIdentifier", "")
        group = str(name).rpartition(":log-group:")[2]
        arn = self.group_arn(group, region=call.region)
        stream = parameters.get("logStreamName", "")
        return Permission(f"logs:{call.operation}", f"{arn}:log-stream:{stream}")

    def invalid(self, message: str) -> ServiceError:
        """InvalidParameterException."""
        return invalid_parameter(f"1 validation error detected: {message}")

    # Reading.

    def _filter_log_events(self, request: requests.FilterLogEvents, call: Call) -> dict[str, Any]:
        group = self._readable_group(request, call)
        query = event_query(request, group)
        names = request.log_stream_names and sorted(request.log_stream_names)
        times = (query.start, query.end)
        bound = ("filter", group.arn, names, query.prefix, times, request.filter_pattern)
        place = Place(backward=not request.start_from_head)
        if request.next_token is not None:
            place = self.tokens.read(request.next_token, bound, call.time)
        if place.empty_pages < call.empty_pages:
            token = self.tokens.make(bound, place.waited, call.time)
            return {"events": [], "searchedLogStreams": [], "nextToken": token}
        page = group.read(
            query,
            place.position,
            backward=place.backward,
            limit=max(1, request.limit - call.doubled_events),
            scan_limit=self.scan_limit,
            repeated=call.repeated_events,
        )
        events = doubled(page.events, call.doubled_events)
        answer: dict[str, Any] = {"events": events, "searchedLogStreams": []}
        if page.more:
            following = Place(page.position, place.backward)
            answer["nextToken"] = self.tokens.make(bound, following, call.time)
        return answer

    def _get_log_events(self, request: requests.GetLogEvents, call: Call) -> dict[str, Any]:
        group = self._readable_group(request, call)
        if request.log_stream_name not in group.streams:
            raise not_found("The specified log stream does not exist.")
        # Here, other than in FilterLogEvents, the end does not belong to the range.
        end = None if request.end_time is None else request.end_time - 1
        streams = frozenset({request.log_stream_name})
        query = EventQuery(streams, start=request.start_time, end=end)
        bound = ("get", group.arn, request.log_stream_name, query.start, end)
        place = Place(backward=not request.start_from_head)
        sent = request.next_token
        if sent is not None:
            if sent[:2] not in ("f/", "b/"):
                raise invalid_parameter("The specified nextToken is invalid.")
            place = self.tokens.read(sent[2:], bound, call.time)
            if not place.backward and not request.start_from_head:
                raise invalid_parameter("A nextForwardToken needs startFromHead=true.")
        page = group.read(
            query,
            place.position,
            backward=place.backward,
            limit=request.limit,
            scan_limit=self.scan_limit,
        )
        events = page.events[::-1] if place.backward else page.events
        earlier = later = page.position
        if events:
            earlier = before(events[0]) if not place.backward else page.position
            later = after(events[-1])
        forward = "f/" + self.tokens.make(bound, Place(later), call.time)
        back = "b/" + self.tokens.make(bound, Place(earlier, backward=True), call.time)
        if sent is not None and not events and not page.more:
            # The end of the stream in this direction: the token that was sent comes back.
            forward, back = (forward, sent) if place.backward else (sent, back)
        told = [
            {"timestamp": e.timestamp, "message": e.message, "ingestionTime": e.ingestion_time}
            for e in events
        ]
        return {"events": told, "nextForwardToken": forward, "nextBackwardToken": back}

    def _describe_log_groups(
        self, request: requests.DescribeLogGroups, call: Call
    ) -> dict[str, Any]:
        groups = self._groups.get(call.region, {}).values()
        return describe_log_groups(groups, request, self.tokens, call.time)

    def _describe_log_streams(
        self, request: requests.DescribeLogStreams, call: Call
    ) -> dict[str, Any]:
        group = self._group(request, call)
        return describe_log_streams(group, request, self.tokens, call.time)

    # Writing.

    def _create_log_group(self, request: requests.CreateLogGroup, call: Call) -> dict[str, Any]:
        if request.log_group_name in self._groups.get(call.region, {}):
            raise _exists("log group")
        group = self.create_group(
            request.log_group_name,
            region=call.region,
            log_group_class=request.log_group_class,
            kms_key_id=request.kms_key_id,
        )
        group.deletion_protection = request.deletion_protection_enabled
        return {}

    def _create_log_stream(self, request: requests.CreateLogStream, call: Call) -> dict[str, Any]:
        group = self._named_group(request.log_group_name, call)
        if request.log_stream_name in group.streams:
            raise _exists("log stream")
        group.add_stream(request.log_stream_name, call.time)
        return {}

    def _delete_log_group(self, request: requests.DeleteLogGroup, call: Call) -> dict[str, Any]:
        group = self._named_group(request.log_group_name, call)
        if group.deletion_protection:
            raise ServiceError("ValidationException", "The log group is protected from deletion.")
        self.delete_group(group.name, region=call.region)
        return {}

    def _delete_log_stream(self, request: requests.DeleteLogStream, call: Call) -> dict[str, Any]:
        group = self._named_group(request.log_group_name, call)
        if request.log_stream_name not in group.streams:
            raise not_found("The specified log stream does not exist.")
        group.drop_stream(request.log_stream_name)
        return {}

    def _put_retention_policy(
        self, request: requests.PutRetentionPolicy, call: Call
    ) -> dict[str, Any]:
        if request.retention_in_days not in RETENTION_DAYS:
            raise invalid_parameter("retentionInDays is none of the periods that can be set.")
        group = self._named_group(request.log_group_name, call)
        group.retention_in_days = request.retention_in_days
        return {}

    def _put_log_events(self, request: requests.PutLogEvents, call: Call) -> dict[str, Any]:
        group = self._named_group(request.log_group_name, call)
        if request.log_stream_name not in group.streams:
            raise not_found("The specified log stream does not exist.")
        accepted, rejected = log_ingestion.judge(
            request.log_events, call.time, group.retention_in_days
        )
        self.put(
            group.name,
            request.log_stream_name,
            [(event.timestamp, event.message) for event in accepted],
            ingested=call.time,
            region=call.region,
        )
        answer: dict[str, Any] = {"nextSequenceToken": self._event_id(call.time)}
        return answer | ({"rejectedLogEventsInfo": rejected} if rejected else {})

    # Resource policies.

    def _describe_resource_policies(
        self, request: requests.DescribeResourcePolicies, call: Call
    ) -> dict[str, Any]:
        return self._policies_of(call.region).describe(request, self.tokens, call.time)

    def _put_resource_policy(
        self, request: requests.PutResourcePolicy, call: Call
    ) -> dict[str, Any]:
        if request.resource_arn is not None:
            self._named_group(self._name_in(request.resource_arn), call)
        return self._policies_of(call.region).put(request, call.time)

    def _delete_resource_policy(
        self, request: requests.DeleteResourcePolicy, call: Call
    ) -> dict[str, Any]:
        self._policies_of(call.region).delete(request)
        return {}

    def _policies_of(self, region: str) -> ResourcePolicies:
        return self._policies.setdefault(region, ResourcePolicies())

    # Finding log groups.

    def _readable_group(self, request: requests.OneGroup, call: Call) -> LogGroup:
        """The group of a request that reads events."""
        group = self._group(request, call)
        if group.log_group_class != "STANDARD":
            raise invalid_parameter(
                f"The log group's class {group.log_group_class} does not support this operation."
            )
        return group

    def _group(self, request: requests.OneGroup, call: Call) -> LogGroup:
        name, identifier = request.log_group_name, request.log_group_identifier
        if (name is None) == (identifier is None):
            raise invalid_parameter("Give either logGroupName or logGroupIdentifier.")
        if identifier is None:
            return self._named_group(name or "", call)
        group = self._named_group(self._name_in(identifier), call)
        if identifier.startswith("arn:") and identifier != group.arn:
            raise not_found("The specified log group does not exist.")
        return group

    def _named_group(self, name: str, call: Call) -> LogGroup:
        group = self._groups.get(call.region, {}).get(name)
        if group is None:
            raise not_found("The specified log group does not exist.")
        group.settle(call.time)
        return group

    @staticmethod
    def _name_in(identifier: str) -> str:
        """The name in an ARN; a plain name stays. The form that ends in `:*` is refused."""
        if not identifier.startswith("arn:"):
            return identifier
        if identifier.endswith("*"):
            raise invalid_parameter("The ARN of a log group must be given without ':*' here.")
        return group_arn(identifier).partition(":log-group:")[2]

    def _event_id(self, time: int) -> str:
        """56 digits like AWS's; they grow with ingestion time and the order of delivery."""
        number = next(self._delivered)
        noise = number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 10**24
        return f"3{time:015d}{number:016d}{noise:024d}"


def _exists(what: str) -> ServiceError:
    return ServiceError("ResourceAlreadyExistsException", f"The specified {what} already exists")
