"""API calls from CloudTrail's event history: all of them, each once, tied to what they concern."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from mqtail.demo.faults import (
    AccessDenied,
    ErrorFault,
    ExpiredCredentials,
    Hang,
    ServerError,
    Throttle,
    TruncatedBody,
)
from mqtail.demo.server import EmbeddedAws
from mqtail.errors import CredentialsError, TargetError
from mqtail.events import Level
from mqtail.settings import Pace
from mqtail.sources.cloudtrail import history
from mqtail.status import State
from tests.engine.calls import SOON, SOURCES, Calls, api_status, named, names, when
from tests.engine.support import Watched, ago, eventually, line
from tests.formats.test_cloudtrail import CREATE_TOPIC, DELETE_CLUSTER, DESCRIBE_CLUSTER

# The history.


async def test_calls_of_all_three_services_come_in_time_order(calls: Calls) -> None:
    """Each is its record as CloudTrail gives it, with the level that its outcome has."""
    created = calls.put("CreateTopic", 300, source=SOURCES[1], readOnly=False)
    described = calls.put("DescribeClusterV2", 200)
    refused = calls.put("RebootBroker", 100, source=SOURCES[2], errorCode="AccessDenied")
    calls.put("RunInstances", 50, source="ec2.amazonaws.com")
    events = await calls.history()
    assert [json.loads(event.message) for event in events] == [created, described, refused]
    assert [event.level for event in events] == [Level.INFO, Level.DEBUG, Level.WARN]
    assert [event.event_id for event in events] == [
        record["eventID"] for record in (created, described, refused)
    ]
    assert {event.ingested for event in events} == {0}
    source = events[0].source
    assert (source.service, source.kind, source.destination, source.instance, source.format) == (
        "cloudtrail",
        "api",
        "cloudtrail",
        None,
        "cloudtrail",
    )


async def test_many_pages_with_several_calls_a_second(calls: Calls) -> None:
    """A second that ends on the next page is complete, in every direction of reading."""
    for number in range(330):
        calls.put(f"Get{number}", 500 - number // 9, source=SOURCES[number % 3])
    expected = sorted(f"Get{number}" for number in range(330))
    assert sorted(names(await calls.history())) == expected
    assert sorted(names(await calls.history(lines=1000))) == expected
    tail = await calls.bench.stored("cloudtrail", since=ago(3600), pace=SOON)
    assert sorted(names(list(tail.store.view()))) == expected
    times = [event.timestamp for event in await calls.history()]
    assert times == sorted(times)


async def test_the_newest_lines(calls: Calls) -> None:
    """They are read from the newest end, and no further than needed."""
    for number in range(300):
        calls.put(f"Get{number}", 1000 - number)
    before = len(calls.lookup_times())
    events = await calls.history(lines=3)
    assert names(events) == ["Get297", "Get298", "Get299"]
    assert len(calls.lookup_times()) - before <= 4


async def test_a_range_is_a_range(calls: Calls) -> None:
    """`--since` is inclusive, `--until` is not."""
    for seconds in (400, 300, 200, 100):
        calls.put(f"Get{seconds}", seconds)
    records = calls.aws.cloudtrail.records()
    times = {r["eventName"]: r["eventTime"] for r in records}
    since, until = (_ms(times[name]) for name in ("Get300", "Get100"))
    assert names(await calls.history(since=since, until=until)) == ["Get300", "Get200"]


def _ms(iso: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(iso).timestamp() * 1000)


async def test_further_back_than_cloudtrail_keeps_calls(calls: Calls) -> None:
    """What is asked of it stays within its 90 days."""
    calls.put("DescribeClusterV2", 89 * 86_400)
    assert names(await calls.history(since=ago(400 * 86_400))) == ["DescribeClusterV2"]
    assert await calls.history(since=ago(400 * 86_400), until=ago(300 * 86_400)) == []


async def test_a_history_of_more_calls_than_are_kept_at_once(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest come first, and the rest is looked up again."""
    monkeypatch.setattr(history, "MOST_GATHERED", 70)
    for number in range(300):
        calls.put(f"Get{number}", 900 - number // 7)
    found = names(await calls.history())
    assert sorted(found) == sorted(f"Get{number}" for number in range(300))


async def test_a_call_that_cloudtrail_gives_twice(calls: Calls) -> None:
    """Its id tells."""
    for _ in range(3):
        calls.put("CreateTopic", eventID="11111111-2222-3333-4444-555555555555")
    assert names(await calls.history()) == ["CreateTopic"]


async def test_a_token_that_is_no_longer_good(calls: Calls) -> None:
    """The reading goes on from where it was."""
    for number in range(180):
        calls.put(f"Get{number}", 900 - number // 3)
    lost = ErrorFault("InvalidNextTokenException", "Invalid token")
    calls.aws.faults.add(lost, operation="LookupEvents", times=2, where=lambda p: "NextToken" in p)
    found = names(await calls.history())
    assert sorted(found) == sorted(f"Get{number}" for number in range(180))


@pytest.mark.parametrize(
    "fault", [Throttle(), ServerError(), TruncatedBody()], ids=["throttled", "503", "cut off"]
)
async def test_failures_that_pass_lose_nothing(calls: Calls, fault: Any) -> None:
    """Every request is asked again until it works."""
    for number in range(120):
        calls.put(f"Get{number}", 900 - number)
    calls.aws.faults.add(fault, operation="LookupEvents", times=3)
    assert names(await calls.history()) == [f"Get{number}" for number in range(120)]


async def test_interrupted_it_still_shows_what_it_has(calls: Calls) -> None:
    """Also what waits for older calls, which are looked up after it."""
    for number in range(120):
        calls.put(f"Get{number}", 900 - number)
    calls.aws.faults.add(Hang(), operation="LookupEvents", where=lambda p: "NextToken" in p)
    watched = Watched()
    tail = calls.bench.tail("cloudtrail", since=ago(3600), pace=SOON)
    running = asyncio.create_task(tail.run_in_order(watched.show))
    await eventually(lambda: any("NextToken" in call.parameters for call in calls.aws.calls))
    running.cancel()
    await asyncio.wait([running])
    assert names(watched.events) == [f"Get{number}" for number in range(70, 120)]


# Whose calls they are.


async def test_calls_are_tied_to_the_targets_that_they_name(calls: Calls) -> None:
    """By ids and ARNs in any form; by name where there is no more; others are left out."""
    clicks = calls.aws.kafka.add_cluster("clicks", cloudwatch="/msk/clicks")
    other = calls.aws.kafka.add_cluster("other", cloudwatch="/msk/other")
    orders = calls.aws.mq.add_broker("orders")
    calls.put("One", 90, requestParameters={"clusterArn": clicks.arn.replace(":", "%3A")})
    topic = clicks.arn.replace(":cluster/", ":topic/") + "/payments"
    calls.put("Two", 80, source=SOURCES[1], requestParameters={"resourceARN": topic})
    calls.put("Three", 70, source=SOURCES[2], requestParameters={"broker-id": orders.id})
    calls.put("Four", 60, source=SOURCES[2], requestParameters={"brokerName": "orders"})
    calls.put("Both", 50, requestParameters={"clusterArn": clicks.arn, "brokerId": orders.id})
    calls.put("Other", 40, requestParameters={"clusterArn": other.arn})
    calls.put("Namesake", 30, requestParameters={"clusterArn": clicks.arn + "9"})
    calls.put("Nobody", 20)
    events = await calls.history("clicks", "orders", kinds=("api",))
    assert [(name, e.source.target) for name, e in zip(names(events), events, strict=True)] == [
        ("One", "clicks"),
        ("Two", "clicks"),
        ("Three", "orders"),
        ("Four", "orders"),
        ("Both", "clicks"),
    ]


async def test_without_targets_all_calls_come_under_what_they_name(calls: Calls) -> None:
    """Those that name nothing come under `cloudtrail`."""
    clicks = calls.aws.kafka.add_cluster("clicks")
    calls.put("Cluster", 60, requestParameters={"clusterArn": clicks.arn})
    calls.put("Named", 50, source=SOURCES[2], requestParameters={"brokerName": "orders"})
    broker = "b-1234a5b6-78cd-901e-2fgh-3i45j6k17819"
    calls.put("Id", 40, source=SOURCES[2], requestParameters={"broker-id": broker})
    calls.put("Nothing", 30)
    events = await calls.history()
    assert [event.source.target for event in events] == ["clicks", "orders", broker, "cloudtrail"]


async def test_without_targets_brokers_that_there_are_go_by_their_names(calls: Calls) -> None:
    """Most records have a broker's id only."""
    orders = calls.aws.mq.add_broker("orders")
    calls.put("RebootBroker", source=SOURCES[2], requestParameters={"broker-id": orders.id})
    (event,) = await calls.history()
    assert event.source.target == "orders"


async def test_names_that_are_made_up_do_not_become_targets_without_end(calls: Calls) -> None:
    """Anybody can try to create brokers of any name."""
    for number in range(520):
        parameters = {"brokerName": f"broker-{number}"}
        calls.put("CreateBroker", 500, source=SOURCES[2], requestParameters=parameters)
    events = await calls.history()
    assert len(events) == 520
    assert len({event.source.target for event in events}) == 501


async def test_mqtail_does_not_show_itself_looking(calls: Calls) -> None:
    """Unless it were to change something, which only somebody else could do under its name."""
    agent = "aiobotocore/3.10.0 md/Botocore#1.43 app/mqtail"
    calls.put("ListClustersV2", userAgent=agent)
    calls.put("DeleteCluster", userAgent=agent, readOnly=False)
    calls.put("DescribeCluster", userIdentity={"type": "IAMUser", "userName": "mqtail"})
    assert sorted(names(await calls.history())) == ["DeleteCluster", "DescribeCluster"]


async def test_every_target_has_its_place_before_it_has_calls(calls: Calls) -> None:
    """So that the tree of sources shows where they will come."""
    calls.aws.kafka.add_cluster("clicks", cloudwatch="/msk/clicks")
    calls.aws.mq.add_broker("orders")
    async with calls.following("clicks", "orders", kinds=("api",)) as following:
        status = await api_status(following)
        assert status.targets == ["clicks", "orders"]
        assert status.events == 0
        await eventually(lambda: status.state is State.LIVE)


DOCUMENTED = (DESCRIBE_CLUSTER, DELETE_CLUSTER, CREATE_TOPIC)
"""The records that AWS prints on its page about MSK and CloudTrail; only their time is older than
CloudTrail's event history."""


async def test_the_documented_records(calls: Calls) -> None:
    """All three are shown, under the clusters that they name."""
    for number, text in enumerate(DOCUMENTED):
        calls.aws.cloudtrail.put(json.loads(text) | {"eventTime": when(90 - number)})
    events = await calls.history()
    assert names(events) == ["DescribeCluster", "DeleteCluster", "CreateTopic"]
    assert [e.source.target for e in events] == [
        "examplecluster",
        "examplecluster",
        "IamAuthCluster",
    ]
    for event, text in zip(events, DOCUMENTED, strict=True):
        shown, printed = json.loads(event.message), json.loads(text)
        assert {name: shown[name] for name in printed} | {"eventTime": ""} == printed | {
            "eventTime": ""
        }


async def test_the_documented_records_tied_to_a_cluster(calls: Calls) -> None:
    """They belong to the cluster whose ARN they name in one form or another."""
    clicks = calls.aws.kafka.add_cluster("clicks", cloudwatch="/msk/clicks")
    for number, text in enumerate(DOCUMENTED):
        for documented in (
            "012345678901:cluster/examplecluster/01234567-abcd-0123-abcd-abcd0123efa-2",
            "111122223333:topic/IamAuthCluster/3ebafd8e-dae9-440d-85db-4ef52679674d-1",
        ):
            ours = clicks.arn.partition("us-east-1:")[2]
            kind = documented.partition(":")[2].partition("/")[0]
            ours = ours.replace(":cluster/", f":{kind}/")
            text = text.replace(documented, ours)
            text = text.replace(_escaped(documented), _escaped(ours))
        calls.aws.cloudtrail.put(json.loads(text) | {"eventTime": when(90 - number)})
    calls.put("DeleteCluster", requestParameters={"clusterArn": clicks.arn + "0"})
    calls.aws.logs.put("/msk/clicks", "clicks-Broker-1", [line("beside it", ago(30))])
    events = await calls.history("clicks")
    assert [event.source.kind for event in events] == ["api", "api", "api", "broker"]
    assert {event.source.target for event in events} == {"clicks"}


def _escaped(text: str) -> str:
    return text.replace(":", "%3A").replace("/", "%2F")


# Live.


async def test_calls_show_once_however_late_cloudtrail_shows_them(calls: Calls) -> None:
    """Made before the start or after it, in any order."""
    calls.put("Old", 500)
    calls.put("BeforeStart", 300, visible_in=0.3)
    async with calls.following() as following:
        watched: Watched = following.watched
        await watched.until(named("Old", "BeforeStart"))
        calls.put("New", 0)
        await watched.until(named("New"))
        calls.put("Late", 200)
        await watched.until(named("Late"))
        status = await api_status(following)
        requests = status.requests
        await eventually(lambda: status.requests > requests + 20)
        assert sorted(names(watched.events)) == ["BeforeStart", "Late", "New", "Old"]
        late = {name: e.late for name, e in zip(names(watched.events), watched.events, strict=True)}
        assert late["Late"]
        assert not late["New"]


async def test_a_call_of_an_hour_ago_is_found_by_a_sweep(calls: Calls) -> None:
    """Rounds look back for twenty minutes, and now and then for an hour."""
    async with calls.following(since=ago(7200)) as following:
        status = await api_status(following)
        await eventually(lambda: status.state is State.LIVE)
        calls.put("VeryLate", 3000)
        await following.watched.until(named("VeryLate"))


async def test_lines_leave_older_calls_out_and_late_ones_in(calls: Calls) -> None:
    """What was there and not asked for stays out; what shows later was not there."""
    for number in range(20):
        calls.put(f"Get{number}", 400 - number)
    async with calls.following(lines=2) as following:
        await following.watched.until(named("Get18", "Get19"))
        status = await api_status(following)
        requests = status.requests
        await eventually(lambda: status.complete_to > 0 and status.requests > requests + 20)
        calls.put("Late", 450)
        await following.watched.until(named("Late"))
        assert names(following.watched.events) == ["Get18", "Get19", "Late"]


async def test_the_store_has_each_call_once(calls: Calls) -> None:
    """History and live reading run at the same time there."""
    for number in range(150):
        calls.put(f"Get{number}", 500 - number, visible_in=0.002 * number)
    async with calls.bench.filling("cloudtrail", since=ago(600), pace=SOON) as following:
        expected = [f"Get{number}" for number in range(150)]
        await following.watched.until(named(*expected))
        assert sorted(names(following.watched.events)) == sorted(expected)
        assert (await api_status(following)).history_to == following.tail.settings.since


async def test_a_denied_reader_says_what_is_missing_and_reads_on_when_it_may(calls: Calls) -> None:
    """What was missed meanwhile is read then; the others do not notice."""
    clicks = calls.aws.kafka.add_cluster("clicks", cloudwatch="/msk/clicks")
    denied = calls.aws.faults.add(AccessDenied(), operation="LookupEvents")
    put = calls.aws.logs.put
    put("/msk/clicks", "clicks-Broker-1", [line("before", ago(5))])
    async with calls.following("clicks") as following:
        status = await api_status(following)
        await eventually(lambda: status.state is State.FAILING)
        assert "cloudtrail:LookupEvents" in status.reason
        assert "cloudtrail:LookupEvents" in status.hint
        put("/msk/clicks", "clicks-Broker-1", [line("meanwhile", ago(0))])
        await following.watched.until(lambda events: len(events) == 2)
        calls.put("RebootBroker", 20, requestParameters={"clusterArn": clicks.arn})
        denied.remove()
        await following.watched.until(lambda events: len(events) == 3)
        assert following.watched.events[-1].source.kind == "api"
        await eventually(lambda: status.state is State.LIVE)
        assert not status.reason


async def test_denied_and_nothing_else_to_read(calls: Calls) -> None:
    """It ends, with the permission that is missing."""
    calls.aws.faults.add(AccessDenied(), operation="LookupEvents")
    with pytest.raises(TargetError, match="cloudtrail:LookupEvents"):
        await calls.history()


async def test_an_expired_token_loses_nothing(calls: Calls) -> None:
    """What was called meanwhile is read after it."""
    async with calls.following() as following:
        status = await api_status(following)
        await eventually(lambda: status.state is State.LIVE)
        expired = calls.aws.faults.add(ExpiredCredentials(), operation="LookupEvents")
        await eventually(lambda: status.state is State.FAILING)
        calls.put("Meanwhile", 0)
        expired.remove()
        await following.watched.until(named("Meanwhile"))
    calls.aws.faults.add(ExpiredCredentials(), operation="LookupEvents")
    with pytest.raises(CredentialsError):
        await calls.history()


async def test_no_second_has_more_than_two_look_ups(aws: EmbeddedAws) -> None:
    """The quota is the account's, so it is kept however fast the answers come."""
    calls = Calls(aws)
    aws.cloudtrail.rate_limit = 2
    for number in range(120):
        calls.put(f"Get{number}", 500 - number)
    pace = replace(SOON, api_pause_ms=Pace().api_pause_ms)
    async with calls.following(pace=pace) as following:
        await following.watched.until(named("Get0"))
        await eventually(lambda: len(calls.lookup_times()) >= 8)
        assert (await api_status(following)).throttles == 0
    times = calls.lookup_times()
    assert all(third - first >= 1000 for first, third in zip(times, times[2:], strict=False))


async def test_only_services_that_can_concern_the_targets_are_asked(calls: Calls) -> None:
    """Each of them costs a request, of two a second."""
    aws = calls.aws
    shop = aws.mq.add_broker("shop", audit=False)
    aws.kafka.add_cluster("clicks", cloudwatch="/msk/clicks")
    for group in (f"{shop.log_group_prefix}general", "/msk/clicks"):
        aws.logs.create_group(group)
    asked = {"shop": {"amazonmq"}, "clicks": {"kafka", "kafka-cluster"}}
    for target, services in (*asked.items(), ("cloudtrail", {"amazonmq", *asked["clicks"]})):
        aws.calls.clear()
        await calls.bench.stored(target)
        attributes = [
            call.parameters["LookupAttributes"][0] for call in aws.calls_of("LookupEvents")
        ]
        names = {
            attribute["AttributeValue"].removesuffix(".amazonaws.com") for attribute in attributes
        }
        assert names == services
