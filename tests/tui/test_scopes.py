"""What tabs and the sides of a split show."""

from __future__ import annotations

import pytest

from mqtail.events import Source
from tui.scopes import LOG_TABS, Scope, log_tab, splits
from widgets.instances import number_instances

GENERAL_1 = Source(0, "orders", "mq", "general", "1")
GENERAL_2 = Source(1, "orders", "mq", "general", "2")
AUDIT_1 = Source(2, "orders", "mq", "audit", "1")
CONNECTIONS = Source(3, "telemetry", "mq", "connection", "rabbit@ip-10-0-0-1")
BROKER_3 = Source(4, "clicks", "msk", "broker", "3", destination="s3")
CALLS = Source(5, "orders", "cloudtrail", "api")
GROUP = Source(6, "/my/app", "logs", "app")

EVERY = [GENERAL_1, GENERAL_2, AUDIT_1, CONNECTIONS, BROKER_3, CALLS, GROUP]


@pytest.mark.parametrize(
    ("tab", "shown"),
    [
        ("all", EVERY),
        ("general", [GENERAL_1, GENERAL_2, CONNECTIONS]),
        ("audit", [AUDIT_1]),
        ("msk", [BROKER_3]),
        ("api", [CALLS]),
    ],
    ids=[tab.id for tab in LOG_TABS],
)
def test_tabs(tab: str, shown: list[Source]) -> None:
    """Each tab has the sources that its title says."""
    scope = Scope(log_tab(tab))
    assert [source for source in EVERY if scope.shows(source)] == shown
    assert scope.is_all == (tab == "all")


def test_a_scope_of_an_instance_is_of_its_number_everywhere() -> None:
    """RabbitMQ nodes count by their number, which is no name of theirs."""
    numbers = number_instances(EVERY)
    first = Scope().of_instance(1, numbers)
    assert [source for source in EVERY if first.shows(source)] == [GENERAL_1, AUDIT_1, CONNECTIONS]
    assert first.title == "instance 1"
    assert first.of_instance(1, numbers) == Scope()


def test_splits_go_from_instances_to_kinds_to_targets() -> None:
    """What there is but one of is no way to split."""
    numbers = number_instances(EVERY)

    def titles(tab: str, *sources: Source) -> list[tuple[str, str]]:
        ways = splits(log_tab(tab), sources, numbers)
        return [(left.title, right.title) for left, right in ways]

    assert titles("all", *EVERY) == [
        ("instance 1", "instance 2"),
        ("general log", "audit log"),
        ("orders", "telemetry"),
    ]
    assert titles("audit", *EVERY) == []
    assert titles("all", GENERAL_1, CALLS) == [("general log", "API calls")]
    assert titles("general", GENERAL_1, GENERAL_2) == [("instance 1", "instance 2")]
