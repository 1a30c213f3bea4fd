"""The configuration file: default targets, and what it says of the UI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from mqtail.cli.options import load_defaults, tail_options
from mqtail.config import UiConfig, ui_config
from mqtail.errors import UsageError
from mqtail.named_views import NamedView
from tests.cli.support import Mqtail

FULL = """
[ui]
theme = "mqtail-light"
columns = ["time", "instance", "level"]
time = "since"
wrap = true
timeline = false
sidebar = true
gap = 30

[colors]
primary = "#ff8800"

[keys]
log-wrap = "W"
read-now = ""

[filters]
"slow consumers" = '/Slow.*Consumer/ level>=warn'

[views."audit of 2"]
filter = "user:admin"
level = "warn"
kinds = ["audit"]
instances = ["2"]
tab = "audit"
columns = ["time"]
wrap = false
split = true
"""


def _targets(*arguments: str) -> tuple[str, ...]:
    """The targets that `mqtail tail` with these arguments is about."""
    found: list[Any] = []

    @click.command
    @tail_options
    def tail(**options: Any) -> None:
        found.append(options["targets"])

    tail.main(arguments, standalone_mode=False, default_map=load_defaults()["tail"])
    return tuple(found[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('targets = ["orders-mq", "clicks-msk"]', ("orders-mq", "clicks-msk")),
        ('targets = "orders-mq"', ("orders-mq",)),
        ("targets = []", ()),
        ("", ()),
    ],
    ids=["list", "one", "none", "absent"],
)
def test_default_targets(config: Path, text: str, expected: tuple[str, ...]) -> None:
    """They are tailed where none is named, and forgotten where one is."""
    config.write_text(f"[tail]\n{text}\n")
    assert _targets() == expected
    assert _targets("other", "-l", "warn") == ("other",)


def test_default_targets_are_for_tail_alone(config: Path) -> None:
    """Neither the check nor the demo takes them."""
    config.write_text('[tail]\ntargets = ["orders-mq"]\n')
    defaults = load_defaults()
    assert "targets" not in defaults["check"]
    assert "targets" not in defaults["demo"]["tail"]


def test_all_of_the_ui(config: Path) -> None:
    """Every table and key that there is."""
    config.write_text(FULL)
    assert ui_config() == UiConfig(
        theme="mqtail-light",
        columns=("time", "instance", "level"),
        time="since",
        wrap=True,
        timeline=False,
        sidebar=True,
        gap=30,
        colors={"primary": "#ff8800"},
        keys={"log-wrap": "W", "read-now": ""},
        filters={"slow consumers": "/Slow.*Consumer/ level>=warn"},
        views={
            "audit of 2": NamedView(
                filter="user:admin",
                level="warn",
                kinds=("audit",),
                instances=("2",),
                tab="audit",
                columns=("time",),
                wrap=False,
                split=True,
            )
        },
    )


def test_no_file_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is left open."""
    monkeypatch.delenv("MQTAIL_CONFIG")
    assert ui_config() == UiConfig()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[ui]\ncolums = []", ["[ui] has no setting colums", "columns"]),
        ("[ui]\nwrap = 'yes'", ["wrap of [ui] cannot be 'yes'", "true or false"]),
        ("[ui]\ncolumns = 'time'", ["columns of [ui] cannot be 'time'", "a list"]),
        ("[ui]\ncolumns = [1]", ["columns of [ui] cannot be [1]"]),
        ("[ui]\ngap = -1", ["gap of [ui] cannot be -1", "whole seconds"]),
        ("[ui]\ngap = true", ["gap of [ui] cannot be True"]),
        ("[ui]\ntheme = 3", ["theme of [ui] cannot be 3", "text in quotes"]),
        ("[colors]\nprimry = 'red'", ["[colors] has no colour primry", "primary"]),
        ("[keys]\nlog-wrap = 1", ["log-wrap of [keys] cannot be 1"]),
        ("[filters]\nslow = ['a']", ["slow of [filters] cannot be ['a']"]),
        ("[views]\nslow = 'a'", ["slow of [views] cannot be 'a'", "[views.slow]"]),
        ("[views.x]\nkind = 'a'", ["[views.x] has no setting kind", "kinds"]),
        ("[views.x]\nsplit = 1", ["split of [views.x] cannot be 1"]),
        ("[themes]\n", ["there is no table [themes]", "[colors]"]),
    ],
)
def test_what_makes_no_sense(config: Path, text: str, parts: list[str]) -> None:
    """One sentence with the file, and what would be right."""
    config.write_text(text)
    with pytest.raises(UsageError) as caught:
        ui_config()
    said = f"{caught.value.message} {caught.value.hint}"
    for part in (str(config), *parts):
        assert part in said


def test_targets_that_make_no_sense(mqtail: Mqtail, config: Path) -> None:
    """Wrong usage, also where targets are named."""
    config.write_text("[tail]\ntargets = 5\n")
    mqtail("orders-mq", "--no-follow").failed(2, "targets of [tail] cannot be 5", "a list")
