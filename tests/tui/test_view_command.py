"""The command that shows a view again."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from mqtail.cli.values import build_settings
from mqtail.clock import wall_clock_ms
from mqtail.events import Level, LogEvent, Source
from mqtail.filters import compile_filter
from mqtail.settings import KINDS, Settings
from tui.conditions import Conditions
from tui.scopes import Scope, log_tab
from tui.view_command import view_command

AT = "-s 2026-11-18T11:06:40Z"
SINCE = 1_795_000_000_000
NUMBERS = {("orders", "1"): 1, ("orders", "2"): 2}


def _command(
    settings: Settings | None = None,
    conditions: Conditions | None = None,
    scope: Scope | None = None,
    **values: Any,
) -> str:
    usual: dict[str, Any] = {"targets": ["orders"], "destinations": {"cloudwatch"}}
    values = usual | {"since": SINCE} | values
    return view_command(
        settings or Settings(("orders",)), conditions or Conditions(), scope or Scope(), **values
    )


def _filter(text: str) -> Conditions:
    return Conditions(filter=compile_filter(text, now=SINCE, zone=UTC))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (_command(), f"mqtail orders {AT}"),
        (_command(until=SINCE + 60_000), f"mqtail orders {AT} -u 2026-11-18T11:07:40Z"),
        (_command(Settings()), f"mqtail orders {AT}"),
        (
            _command(
                Settings(
                    ("orders",), region="eu-west-1", profile="it's", command="mqtail demo tail"
                )
            ),
            f"mqtail demo tail orders {AT} --profile 'it'\"'\"'s' --region eu-west-1",
        ),
        (
            _command(conditions=replace(_filter("a or 'b'"), level=Level.WARN)),
            f"mqtail orders -l warn -f 'a or '\"'\"'b'\"'\"'' {AT}",
        ),
        (
            _command(conditions=Conditions(kinds_off=frozenset(set(KINDS) - {"audit"}))),
            f"mqtail orders -k audit {AT}",
        ),
        (
            _command(scope=Scope(log_tab("api"))),
            f"mqtail orders -k api {AT}",
        ),
        (
            _command(scope=Scope().of_instance(2, NUMBERS)),
            f"mqtail orders -i 2 {AT}",
        ),
        (
            _command(scope=Scope(target="orders"), targets=["orders", "clicks"]),
            f"mqtail orders {AT}",
        ),
        (
            _command(destinations={"cloudwatch", "s3", "cloudtrail"}),
            f"mqtail orders -d cloudwatch -d s3 {AT}",
        ),
    ],
    ids=[
        "plain", "until", "no target named", "sign-in and demo", "filter and level", "kinds",
        "tab", "instance", "one target", "destinations",
    ],
)  # fmt: skip
def test_command(command: str, words: str) -> None:
    """It names what the options of the command line can say."""
    assert command == words


def test_what_the_tree_hides_becomes_a_filter() -> None:
    """The expression wants what the conditions want."""
    hidden = frozenset({("orders", "broker s3"), ('or"ders', "audit", "1"), ("clicks",)})
    conditions = replace(_filter("a or b"), hidden=hidden)
    words = shlex.split(_command(conditions=conditions))
    expression = words[words.index("-f") + 1]
    _, wanted = build_settings({"filter": expression, "timezone": "utc", "output": "text"})
    now = wall_clock_ms()
    places = [
        ("orders", "broker", "s3", "1", False),
        ("orders", "broker", "cloudwatch", "1", True),
        ('or"ders', "audit", "cloudwatch", "1", False),
        ('or"ders', "audit", "cloudwatch", "2", True),
        ("clicks", "broker", "cloudwatch", "1", False),
    ]
    for target, kind, destination, instance, shown in places:
        source = Source(0, target, "mq", kind, instance, destination)
        event = LogEvent(now, now, source, 0, "b")
        assert wanted.matches(event) is shown
        assert conditions.predicate()(event) is shown
