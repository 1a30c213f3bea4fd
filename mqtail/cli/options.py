"""The options of the commands, and their defaults.

A value comes from the command line, else from its environment variable (MQTAIL_SINCE for --since),
else from the configuration file, else it is the default.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from mqtail.config import section, unfit, unknown_key
from mqtail.events import Level
from mqtail.files import config_file
from mqtail.named_views import TEXTS
from mqtail.settings import DESTINATIONS, KINDS

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

LEVELS = [level.label for level in Level if level is not Level.UNKNOWN]

_AWS_VARIABLES = {
    # AWS_PROFILE is not read here but left to the SDK: a profile that is named by --profile comes
    # before keys in the environment, one that is named by AWS_PROFILE after them.
    "profile": ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "endpoint_url": ("AWS_ENDPOINT_URL",),
}
"""Variables of the SDK that come before an option's value in the configuration file."""

_F = TypeVar("_F", bound=Callable[..., Any])
_T = TypeVar("_T")
_V = TypeVar("_V")
_Decorator = Callable[[_F], _F]


def variable_of(flag: str) -> str:
    """The environment variable that sets an option as well."""
    return "MQTAIL_" + flag.removeprefix("--").replace("-", "_").upper()


def _option(*names: str, **attributes: Any) -> _Decorator[Any]:
    """An option that an environment variable can set as well."""
    flag = next(name for name in names if name.startswith("--")).partition("/")[0]
    return click.option(*names, envvar=variable_of(flag), show_envvar=True, **attributes)


_SIGN_IN_OPTIONS = (
    _option("--profile", metavar="NAME", help="Profile of the AWS configuration."),
    _option("--region", metavar="REGION", help="AWS region, as in us-east-1."),
    _option("--endpoint-url", metavar="URL", help="Send all AWS requests there."),
    _option("--role-arn", metavar="ARN", help="Assume this role, and read with it."),
)

DEMO_SINCE = "1h"
"""The demo's story begins an hour before its start; the failover is in the middle of it."""

_READING_OPTIONS = (
    _option(
        "--max-requests", type=click.FloatRange(0, min_open=True), default=4.0, show_default=True,
        metavar="R", help="CloudWatch Logs read requests per second that may be used.",
    ),
)  # fmt: skip


def _named_targets(
    context: click.Context, _: click.Parameter, named: tuple[str, ...]
) -> tuple[str, ...]:
    """The targets that are named, else those of the configuration file."""
    # Not every version of click looks up defaults of arguments.
    return named or tuple(context.lookup_default("targets") or ())


_TARGETS = click.argument("targets", nargs=-1, metavar="[TARGET]...", callback=_named_targets)

_COLOR = _option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto",
    show_default=True, help="Colours of text; NO_COLOR is respected.",
)  # fmt: skip

_BUFFER = _option(
    "--buffer", type=click.IntRange(100), default=200_000, show_default=True, metavar="N",
    help="Events kept in memory by the UI.",
)  # fmt: skip

_TIMEZONE = _option(
    "--timezone", default="local", show_default=True, metavar="TZ",
    help="local, utc or a zone's name. JSON is always UTC.",
)  # fmt: skip

_TAIL_OPTIONS = (
    _TARGETS,
    _option(
        "-i", "--instance", "instances", multiple=True, metavar="N",
        help="Only these broker instances: ActiveMQ 1 or 2, a RabbitMQ node's host, a Kafka"
        " broker's id. Repeatable.",
    ),
    _option(
        "-k", "--kind", "kinds", multiple=True, type=click.Choice(KINDS, case_sensitive=False),
        metavar="KIND",
        help=f"Only these kinds of log: {', '.join(KINDS)}. Repeatable.",
    ),
    _option(
        "-d", "--destination", "destinations", multiple=True,
        type=click.Choice(DESTINATIONS, case_sensitive=False), metavar="D",
        help="Where to read the logs of MSK clusters: cloudwatch, s3, firehose. Repeatable."
        "  [default: the fastest that each cluster has]",
    ),
    _option(
        "--trail", metavar="T", default="",
        help="Read API calls from a trail (name, ARN or s3://bucket/prefix) instead of CloudTrail's"
        " event history.",
    ),
    _option(
        "-l", "--level", type=click.Choice(LEVELS, case_sensitive=False), metavar="LEVEL",
        help=f"At least this level: {', '.join(LEVELS)}.",
    ),
    _option(
        "-f", "--filter", metavar="EXPR", default="",
        help="Filter expression: words, /regex/, level>=warn, instance:1; and, or, not.",
    ),
    _option(
        "--filter-pattern", metavar="P", default="",
        help="CloudWatch Logs filter pattern, applied by the service.",
    ),
    _option(
        "-s", "--since", metavar="TIME", default="10m", show_default=True,
        help="Start: 10m, 2h30m, 3d, ISO 8601, 'yesterday 14:00'.",
    ),
    _option("-u", "--until", metavar="TIME", help="Stop there; means --no-follow."),
    _option(
        "--follow/--no-follow", default=None,
        help="Go on as events arrive, or end when the history is read.  [default: follow]",
    ),
    _option(
        "-n", "--lines", type=click.IntRange(0), metavar="N",
        help="At most the newest N events of the history.",
    ),
    _option(
        "-o", "--output", type=click.Choice(["tui", "text", "json", "raw"]),
        help="The UI, or lines.  [default: tui on a terminal, else text]",
    ),
    _option(
        "--record", type=click.Path(), metavar="FILE",
        help="Also append every event that -i, -k, -l and -f ask for to FILE, as JSON lines (.gz:"
        " compressed), mode 0600; `mqtail open FILE` shows it.",
    ),
    _option(
        "--summary", is_flag=True,
        help="At the end, tell on stderr what was read of each source, and up to when it is"
        " complete; `kill -USR1` tells it at any time.",
    ),
    _BUFFER,
    _COLOR,
    _TIMEZONE,
)  # fmt: skip

# What tail takes from the environment and the configuration file says which logs to read: a
# recording is shown whole unless the command line says otherwise.
_OPEN_OPTIONS = (
    click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path()),
    click.option(
        "-i", "--instance", "instances", multiple=True, metavar="N",
        help="Only these broker instances. Repeatable.",
    ),
    click.option(
        "-k", "--kind", "kinds", multiple=True, type=click.Choice(KINDS, case_sensitive=False),
        metavar="KIND", help=f"Only these kinds of log: {', '.join(KINDS)}. Repeatable.",
    ),
    click.option(
        "-l", "--level", type=click.Choice(LEVELS, case_sensitive=False), metavar="LEVEL",
        help=f"At least this level: {', '.join(LEVELS)}.",
    ),
    click.option(
        "-f", "--filter", metavar="EXPR", default="",
        help="Filter expression, as of `mqtail tail`.",
    ),
    click.option(
        "-s", "--since", metavar="TIME",
        help="Only events from there on: ISO 8601, 'yesterday 14:00', 2h30m (before now).",
    ),
    click.option("-u", "--until", metavar="TIME", help="Only events before that."),
    click.option(
        "-n", "--lines", type=click.IntRange(0), metavar="N", help="At most the newest N events."
    ),
    click.option(
        "-o", "--output", type=click.Choice(["tui", "text", "json", "raw"]),
        help="The UI, or lines.  [default: tui on a terminal, else text]",
    ),
    _BUFFER,
    _COLOR,
    _TIMEZONE,
)  # fmt: skip

# MQTAIL_OUTPUT is that of tail: these commands have neither a UI nor raw lines.
_LS_OPTIONS = (
    click.option(
        "-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True
    ),
)

_CHECK_OPTIONS = (
    _TARGETS,
    *_LS_OPTIONS,
    _option(
        "--only", multiple=True, metavar="ID",
        help="Only these checks; several with commas between. Repeatable.",
    ),
    click.option("--list", "list_checks", is_flag=True, help="List all checks, and end."),
    _option(
        "--wait", metavar="DURATION",
        help="Check again and again until nothing fails, for so long: 90s, 15m.",
    ),
    _option(
        "--principal", metavar="ARN", default="",
        help="The user or role that creates or reboots the brokers.  [default: whom CloudTrail"
        " names, else the caller]",
    ),
    _option("--strict", is_flag=True, help="Take warnings for failures."),
    _option("--ascii", is_flag=True, help="Marks of ASCII characters."),
    _option("-q", "--quiet", is_flag=True, help="Leave out what passed or was skipped."),
    _COLOR,
    click.option(
        "--print-policy", is_flag=True,
        help="Print the IAM policy that lets mqtail read all it needs, and end.",
    ),
)  # fmt: skip


def _with(*options: _Decorator[Any]) -> _Decorator[_F]:
    def decorate(function: _F) -> _F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


tail_options: _Decorator[Any] = _with(*_TAIL_OPTIONS, *_READING_OPTIONS, *_SIGN_IN_OPTIONS)
demo_tail_options: _Decorator[Any] = _with(*_TAIL_OPTIONS, *_READING_OPTIONS)
ls_options: _Decorator[Any] = _with(*_LS_OPTIONS, *_READING_OPTIONS, *_SIGN_IN_OPTIONS)
demo_ls_options: _Decorator[Any] = _with(*_LS_OPTIONS, *_READING_OPTIONS)
open_options: _Decorator[Any] = _with(*_OPEN_OPTIONS)
check_options: _Decorator[Any] = _with(*_CHECK_OPTIONS, *_READING_OPTIONS, *_SIGN_IN_OPTIONS)
demo_check_options: _Decorator[Any] = _with(*_CHECK_OPTIONS, *_READING_OPTIONS)


def origin(parameter: click.Parameter, context: click.Context | None) -> str:
    """Where an option's value was given, as the user knows it: a flag, a variable, the file."""
    flag = max(parameter.opts, key=len)
    source = context.get_parameter_source(parameter.name) if context and parameter.name else None
    if source is ParameterSource.ENVIRONMENT:
        return f"{parameter.envvar}"
    if source is ParameterSource.DEFAULT_MAP:
        return f"{flag.removeprefix('--')} in {config_file()}"
    return flag


def load_defaults() -> dict[str, Any]:
    """Defaults of the options that the configuration file and the demo's story set.

    Raises:
        UsageError: it cannot be read, is no TOML, or names an option that does not exist.
    """
    sign_in, reading = _by_flag(_SIGN_IN_OPTIONS), _by_flag(_READING_OPTIONS)
    known = _by_flag(_TAIL_OPTIONS) | reading | sign_in
    values: dict[str, Any] = {}
    for key, value in section("tail").items():
        if key == "targets":
            values[key] = _default_targets(value)
            continue
        option = known.get(key.replace("_", "-"))
        if option is None:
            raise unknown_key("tail", "option", key, (*known, "targets"))
        values[str(option.name)] = [value] if option.multiple and _is_single(value) else value
    for name, variables in _AWS_VARIABLES.items():
        if any(map(os.environ.get, variables)):
            values.pop(name, None)

    def of(*groups: dict[str, click.Option]) -> dict[str, Any]:
        names = {option.name for group in groups for option in group.values()}
        return {name: value for name, value in values.items() if name in names}

    tail, color = _by_flag(_TAIL_OPTIONS), _by_flag([_COLOR])
    return {
        "tail": values,
        "open": of(_by_flag([_BUFFER, _COLOR, _TIMEZONE])),
        "check": of(color, reading, sign_in),
        "ls": of(reading, sign_in),
        "demo": {
            "tail": {"since": DEMO_SINCE} | of(tail, reading),
            "check": of(color, reading),
            "ls": of(reading),
        },
    }


def _default_targets(value: object) -> list[str]:
    """The targets that are tailed where none is named, of the configuration file."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not TEXTS.fits(value):
        raise unfit("tail", "targets", value, TEXTS.words)
    return value


def _is_single(value: object) -> bool:
    return not isinstance(value, list)


def _by_flag(options: Iterable[_Decorator[Any]]) -> dict[str, click.Option]:
    """The options that these decorators add, by their long name without the dashes."""

    def probe() -> None: ...

    for option in options:
        option(probe)
    parameters: list[click.Parameter] = probe.__click_params__  # type: ignore[attr-defined]
    return {
        max(option.opts, key=len).removeprefix("--"): option
        for option in parameters
        if isinstance(option, click.Option)
    }
