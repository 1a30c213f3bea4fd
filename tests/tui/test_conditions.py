"""Conditions made into one predicate."""

from __future__ import annotations

from mqtail.events import Level, LogEvent, Source
from mqtail.filters import EVERYTHING, compile_filter
from mqtail.settings import KINDS, Settings
from tui.conditions import Conditions

PATHS = [
    ("a",),
    ("a", "general"),
    ("a", "general", "1"),
    ("a", "general", "2"),
    ("a", "audit"),
    ("a", "audit", "1"),
    ("b",),
    ("b", "general"),
]


def _event(
    target: str = "a",
    kind: str = "general",
    instance: str | None = "1",
    level: Level = Level.INFO,
    message: str = "hello",
) -> LogEvent:
    index = hash((target, kind, instance))
    return LogEvent(0, 0, Source(index, target, "mq", kind, instance), 1, message, level)


def test_all_conditions_count() -> None:
    """An event has to meet each of them."""
    conditions = Conditions(
        filter=compile_filter("hello", now=0, zone=Settings().timezone),
        instances=frozenset({"1"}),
        kinds_off=frozenset({"audit"}),
        level=Level.INFO,
        hidden=frozenset({("b",)}),
    )
    wanted = conditions.predicate()
    assert wanted(_event())
    assert not wanted(_event(message="bye"))
    assert not wanted(_event(instance="2"))
    assert not wanted(_event(instance=None))
    assert not wanted(_event(kind="audit"))
    assert not wanted(_event(level=Level.UNKNOWN))
    assert not wanted(_event(target="b"))


def test_no_conditions_are_none() -> None:
    """The default shows everything; a kind turned off and on again is no condition."""
    conditions = Conditions()
    assert not conditions.is_any
    assert conditions.toggle_kind("audit").is_any
    assert not conditions.toggle_kind("audit").toggle_kind("audit").is_any


def test_options_of_the_command_line() -> None:
    """Instances are shell patterns; kinds that were not named are off."""
    settings = Settings(instances=("rabbit@*",), kinds=("audit",), level=Level.WARN)
    conditions = Conditions.of_settings(settings, EVERYTHING)
    assert conditions.shows(("a", "audit", "rabbit@one"), "audit")
    assert not conditions.shows(("a", "audit", "2"), "audit")
    assert not conditions.shows(("a", "general"), "general")
    assert not conditions.shows(("a", "api"), "api")
    assert conditions.described() == ("only instance rabbit@*", "only audit", "≥ warn")


def test_an_instance_number_stands_for_a_node_of_each_target() -> None:
    """A key chooses by number whatever the nodes are called."""
    numbers = {("a", "1"): 1, ("a", "2"): 2, ("b", "rabbit@x"): 1}
    conditions = Conditions().toggle_instance(1, numbers)
    assert conditions.instances == {"1", "rabbit@x"}
    assert conditions.toggle_instance(2, numbers).instances == {"2"}
    assert conditions.toggle_instance(1, numbers) == Conditions()


def test_a_place_of_the_tree_goes_off_with_all_below_it() -> None:
    """A kind that was hidden alone belongs to its hidden target then."""
    conditions = Conditions().toggle_path(("a", "audit"), PATHS)
    assert [path for path in PATHS if not conditions.shows(path)] == [
        ("a", "audit"),
        ("a", "audit", "1"),
    ]
    conditions = conditions.toggle_path(("a",), PATHS)
    assert conditions.hidden == {("a",)}
    assert conditions.toggle_path(("a",), PATHS) == Conditions()


def test_a_place_below_a_hidden_one_comes_back_alone() -> None:
    """Its siblings on each level stay hidden."""
    conditions = Conditions().toggle_path(("a",), PATHS)
    conditions = conditions.toggle_path(("a", "general", "2"), PATHS)
    assert [path for path in PATHS if conditions.shows(path)] == [
        ("a",),
        ("a", "general"),
        ("a", "general", "2"),
        ("b",),
        ("b", "general"),
    ]


def test_a_log_goes_off_with_its_kind_in_every_place() -> None:
    """The places of the tree are logs, the keys choose kinds."""
    conditions = Conditions().toggle_kind("broker")
    assert not conditions.shows(("a", "broker"), "broker")
    assert not conditions.shows(("a", "broker s3", "1"), "broker")
    assert conditions.shows(("a", "api"), "api")
    s3 = Source(1, "a", "msk", "broker", "1", "s3")
    hidden = Conditions().toggle_path(("a", "broker s3"), [("a",), ("a", "broker s3")])
    wanted = hidden.predicate()
    assert not wanted(LogEvent(0, 0, s3, 1, "hello"))
    assert wanted(_event(kind="broker"))


def test_a_log_that_is_asked_for_is_shown_whatever_hid_it() -> None:
    """Its kind, itself, or its target; what stands beside it stays hidden."""
    conditions = Conditions().toggle_path(("a",), PATHS).toggle_kind("audit")
    shown = conditions.with_log(("a", "audit"), "audit", PATHS)
    assert shown.shows(("a", "audit", "1"), "audit")
    assert not shown.shows(("a", "general"), "general")
    assert Conditions().with_log(("a", "audit"), "audit", PATHS) == Conditions()


def test_kinds_are_described_by_the_shorter_list() -> None:
    """What is left on, or what is off."""
    assert Conditions().toggle_kind("api").described() == ("no api",)
    assert Conditions.of_settings(Settings(kinds=("broker", "api")), EVERYTHING).described() == (
        "only broker, api",
    )
    assert Conditions(kinds_off=frozenset(KINDS)).described() == ("no kind of log",)
