"""Options, environment variables and the configuration file: which wins, and what is refused."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import pytest

from mqtail.cli import cli
from mqtail.cli.options import CONTEXT, load_defaults
from mqtail.cli.values import build_settings
from mqtail.demo.thread import EmbeddedAwsThread
from mqtail.events import Level
from mqtail.settings import Pace, Settings
from tests.cli.support import Mqtail

HISTORY = ("-o", "json", "--no-follow", "--since", "2h")


def settings(*arguments: str) -> Settings:
    """The settings of `mqtail tail` with these arguments."""
    with tail_context(*arguments) as context:
        return build_settings(context.params)[0]


def tail_context(*arguments: str) -> click.Context:
    """`mqtail tail` with its arguments read."""
    more: dict[str, Any] = {**CONTEXT, "default_map": load_defaults()["tail"]}
    return cli.commands["tail"].make_context("tail", list(arguments), **more)


def test_every_option_has_an_environment_variable() -> None:
    """MQTAIL_ and the option's long name, told by the help."""
    help_text = " ".join(tail_context().get_help().split())
    options = [param for param in cli.commands["tail"].params if isinstance(param, click.Option)]
    assert len(options) > 15
    for option in options:
        name = max(option.opts, key=len).removeprefix("--").replace("-", "_").upper()
        assert option.envvar == f"MQTAIL_{name}"
        assert f"MQTAIL_{name}" in help_text.replace("env var: ", "")


@pytest.mark.parametrize(
    ("name", "variable", "in_file", "flags", "expected"),
    [
        ("instances", "2 3", 'instance = ["4"]', ("-i", "1"), [("1",), ("2", "3"), ("4",), ()]),
        ("instances", "2", "instance = 4", ("-i", "1", "-i", "rabbit@host.domain"),
         [("1", "host"), ("2",), ("4",), ()]),
        ("kinds", "audit", 'kind = "general"', ("-k", "channel"),
         [("channel",), ("audit",), ("general",), ()]),
        ("level", "warn", 'level = "error"', ("-l", "INFO"),
         [Level.INFO, Level.WARN, Level.ERROR, Level.UNKNOWN]),
        ("filter", "two words", 'filter = "c"', ("-f", "a"), ["a", "two words", "c", ""]),
        ("filter_pattern", "b c", 'filter-pattern = "c"', ("--filter-pattern", "a"),
         ["a", "b c", "c", ""]),
        ("since", "2026-01-02", "since = 2026-01-03T00:00:00Z", ("-s", "2026-01-01T00:00Z"),
         [1767225600000, 1767312000000, 1767398400000]),
        ("follow", "false", "follow = false", ("--follow",), [True, False, False, True]),
        ("follow", "1", "follow = true", ("--no-follow",), [False, True, True, True]),
        ("lines", "2", "lines = 3", ("-n", "1"), [1, 2, 3, None]),
        ("output", "raw", 'output = "json"', ("-o", "text"), ["text", "raw", "json", "text"]),
        ("buffer", "200", "buffer = 300", ("--buffer", "100"), [100, 200, 300, 200_000]),
        ("color", "never", 'color = "auto"', ("--color", "always"), ["always", "never", "auto"]),
        ("timezone", "Asia/Tokyo", 'timezone = "Europe/Paris"', ("--timezone", "UTC"),
         [UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Paris")]),
        ("max_requests", "2", "max-requests = 3.5", ("--max-requests", "1"), [1, 2, 3.5, 4]),
        ("max_requests", "2", "max_requests = 3", ("--max-requests", "1"), [1, 2, 3, 4]),
        ("profile", "b", 'profile = "c"', ("--profile", "a"), ["a", "b", "c", None]),
        ("region", "b", 'region = "c"', ("--region", "a"), ["a", "b", "c", None]),
        ("endpoint_url", "b", 'endpoint-url = "c"', ("--endpoint-url", "a"), ["a", "b", "c", None]),
        ("role_arn", "b", 'role-arn = "c"', ("--role-arn", "a"), ["a", "b", "c", None]),
    ],
)  # fmt: skip
def test_flags_before_environment_before_file_before_defaults(
    monkeypatch: pytest.MonkeyPatch,
    config: Path,
    name: str,
    variable: str,
    in_file: str,
    flags: tuple[str, ...],
    expected: list[Any],
) -> None:
    """For each option the value of the first that has one."""
    monkeypatch.setenv("TZ", "UTC")
    for aws in ("REGION", "DEFAULT_REGION", "ACCESS_KEY_ID"):
        monkeypatch.delenv(f"AWS_{aws}")
    environment = f"MQTAIL_{flag_of(name)}"
    config.write_text(f"[tail]\n{in_file}\n")
    monkeypatch.setenv(environment, variable)
    values = [getattr(settings(*flags), name), getattr(settings(), name)]
    monkeypatch.setenv(environment, "")
    values.append(getattr(settings(), name))
    config.write_text("")
    values.append(getattr(settings(), name))
    assert values[: len(expected)] == expected


def flag_of(name: str) -> str:
    """The option's name in its variable."""
    return {"instances": "INSTANCE", "kinds": "KIND"}.get(name, name.upper())


@pytest.mark.parametrize(
    ("variable", "name"),
    [("AWS_REGION", "region"), ("AWS_DEFAULT_REGION", "region"), ("AWS_PROFILE", "profile"),
     ("AWS_ENDPOINT_URL", "endpoint_url")],
)  # fmt: skip
def test_what_the_sdk_reads_comes_before_the_file(
    monkeypatch: pytest.MonkeyPatch, config: Path, variable: str, name: str
) -> None:
    """The usual AWS_ variables are the environment, too; the SDK itself reads them."""
    for aws in ("REGION", "DEFAULT_REGION", "ACCESS_KEY_ID"):
        monkeypatch.delenv(f"AWS_{aws}")
    config.write_text(f'[tail]\n{name} = "of-the-file"\n')
    assert getattr(settings(), name) == "of-the-file"
    monkeypatch.setenv(variable, "of-the-environment")
    assert getattr(settings(), name) is None


def test_the_reading_table_sets_the_pace(config: Path) -> None:
    """All of it in ms."""
    config.write_text("[reading]\npoll_ms = 500\nsweeps_ms = [[60000, 5000]]\n")
    assert settings().pace == Pace(poll_ms=500, sweeps_ms=((60_000, 5_000),))


def test_the_file_serves_ls_and_the_demo_as_far_as_it_concerns_them(
    mqtail: Mqtail, story: EmbeddedAwsThread, config: Path
) -> None:
    """Neither stumbles over options that it does not have."""
    config.write_text('[tail]\nsince = "2h"\noutput = "raw"\nmax-requests = 100\nprofile = "p"\n')
    assert mqtail("ls").code == 0
    shown = mqtail("demo", "tail", "orders-mq", "--no-follow", "-n", "2", "-f", "level>=info")
    assert (shown.code, shown.err) == (0, "")
    assert len(shown.lines) == 2


def test_the_demo_does_not_mind_the_users_aws_settings(
    mqtail: Mqtail, story: EmbeddedAwsThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must never read, or stumble over, a real account's."""
    for name, value in (
        ("AWS_PROFILE", "production"),
        ("MQTAIL_PROFILE", "production"),
        ("MQTAIL_REGION", "eu-west-1"),
        ("MQTAIL_ROLE_ARN", "arn:aws:iam::111122223333:role/production"),
        ("MQTAIL_ENDPOINT_URL", "http://127.0.0.1:9"),
    ):
        monkeypatch.setenv(name, value)
    result = mqtail("demo", "ls")
    assert (result.code, result.err) == (0, "")
    assert "telemetry-mq" in result.out.decode()
    assert story.aws.calls == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[tail\n", ["cannot be read", "line 1"]),
        ("[tail]\nsinse = '1h'\n", ["[tail] has no option sinse", "since"]),
        ("[tail]\nhelp = true\n", ["[tail] has no option help"]),
        ("[reading]\npoll = 1\n", ["[reading] has no setting poll", "poll_ms"]),
        ("[reading]\npoll_ms = 0\n", ["poll_ms of [reading] cannot be 0", "greater than 0"]),
        ("[reading]\nsweeps_ms = [[1]]\n", ["sweeps_ms of [reading] cannot be [[1]]"]),
        ("[tial]\n", ["there is no table [tial]"]),
        ("since = '1h'\n", ["there is no table [since]"]),
        ("[tail]\nkind = 'adit'\n", ["kind in ", "'adit' is not one of"]),
        ("[tail]\nsince = 'soon'\n", ["since in ", '"soon" is no time']),
    ],
)
def test_a_configuration_that_makes_no_sense(
    mqtail: Mqtail, config: Path, text: str, parts: list[str]
) -> None:
    """Wrong usage; the file is named."""
    config.write_text(text)
    result = mqtail("orders-mq", "--no-follow")
    result.failed(2, str(config), *parts)


def test_a_configuration_that_cannot_be_read(
    mqtail: Mqtail, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder is no file; nor is what MQTAIL_CONFIG names and is not there."""
    monkeypatch.setenv("MQTAIL_CONFIG", str(tmp_path))
    mqtail("orders-mq", "--no-follow").failed(2, str(tmp_path), "cannot be read")
    monkeypatch.setenv("MQTAIL_CONFIG", str(tmp_path / "none"))
    mqtail("orders-mq", "--no-follow").failed(
        2, f"MQTAIL_CONFIG names {tmp_path / 'none'}, and there is no such file.", "Unset it"
    )
    monkeypatch.delenv("MQTAIL_CONFIG")
    assert mqtail("--version").code == 0


def test_what_makes_no_sense_of_the_ui_is_told_in_a_pipe(
    mqtail: Mqtail, config: Path, story: EmbeddedAwsThread
) -> None:
    """It keeps no line from being printed."""
    config.write_text(f"{config.read_text()}[ui]\ncolums = []\n")
    result = mqtail("orders-mq", "-n", "1", *HISTORY)
    assert (result.code, len(result.events)) == (0, 1)
    assert result.err.startswith(
        f"mqtail: {config}: [ui] has no setting colums.\n        There are:"
    )


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--bogus",), ["No such option", "See `mqtail tail --help`."]),
        (("--sinse", "1h"), ["--since"]),
        (("-k", "adit"), ["--kind: 'adit' is not one of", "audit"]),
        (("-n", "-1"), ["--lines: -1 is not in the range"]),
        (("-n",), ["requires an argument"]),
        (("-l", "loud"), ["--level: 'loud' is not one of"]),
        (("--max-requests", "0"), ["--max-requests: 0.0 is not in the range"]),
        (("-s", "5x"), ['--since: "5x" is no time.', "For example 10m"]),
        (("-s", "2100-01-01"), ["--since lies in the future."]),
        (("-u", "never"), ['--until: "never" is no time.']),
        (("-u", "1h"), ["--until is not after --since.", "10m ago"]),
        (("-u", "1m", "--follow"), ["--until and --follow exclude each other."]),
        (("--timezone", "Eurpe/Berln"), ['there is no time zone "Eurpe/Berln"', "Europe/Berlin"]),
        (("-f", "a leve:x"), ['--filter, column 3: there is no field "leve".', "level"]),
        (("-f", "a and ("), ["--filter, column 7:"]),
        (("-f", "/(/"), ["--filter, column 2: bad regular expression"]),
        (("-o", "tui"), ["The UI needs a terminal.", "Use -o text, json or raw in a pipe."]),
        (("ls", "--follow"), ["No such option", "See `mqtail ls --help`."]),
        (("demo", "serve", "--port", "70000"), ["--port: 70000 is not in the range"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_wrong_usage(mqtail: Mqtail, arguments: tuple[str, ...], parts: list[str]) -> None:
    """One sentence with the option, a hint, and exit code 2; before AWS is asked anything."""
    mqtail(*arguments).failed(2, *parts)


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("MQTAIL_KIND", "adit", "MQTAIL_KIND: 'adit' is not one of"),
        ("MQTAIL_SINCE", "soon", 'MQTAIL_SINCE: "soon" is no time.'),
        ("MQTAIL_FILTER", "(", "MQTAIL_FILTER, column 1:"),
        ("MQTAIL_FOLLOW", "perhaps", "MQTAIL_FOLLOW: 'perhaps' is not a valid boolean"),
    ],
)
def test_a_wrong_variable_is_named(
    mqtail: Mqtail, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, part: str
) -> None:
    """Not an option that nobody has given."""
    monkeypatch.setenv(variable, value)
    mqtail("orders-mq").failed(2, part)


def test_until_wins_over_a_follow_that_is_not_a_flag(
    monkeypatch: pytest.MonkeyPatch, config: Path
) -> None:
    """A standing preference is no contradiction."""
    config.write_text("[tail]\nfollow = true\n")
    assert not settings("--until", "1m").follow
    monkeypatch.setenv("MQTAIL_FOLLOW", "yes")
    assert not settings("--until", "1m").follow


@pytest.mark.parametrize("command", [(), ("tail",), ("ls",), ("demo",), ("demo", "serve")])
def test_help(mqtail: Mqtail, command: tuple[str, ...]) -> None:
    """On stdout, with exit code 0."""
    for flag in ("-h", "--help"):
        result = mqtail(*command, flag)
        assert (result.code, result.err) == (0, "")
        assert result.lines[0].startswith(" ".join(["Usage: mqtail", *command]))
