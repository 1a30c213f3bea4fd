"""The settings that the options of a command become."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from mqtail.cli.options import origin
from mqtail.config import pace
from mqtail.errors import FilterError, UsageError
from mqtail.events import Level, LogEvent
from mqtail.settings import Settings
from mqtail.stdio import is_terminal, require_stdout

if TYPE_CHECKING:
    from mqtail.checks.console import Wanted
    from mqtail.filters import Filter

_T = TypeVar("_T")
_V = TypeVar("_V")


def build_settings(options: Mapping[str, Any]) -> tuple[Settings, Filter]:
    """The settings that options mean, and the filter of all that they leave out.

    Raises:
        UsageError: a value that makes no sense, or a filter expression that does not parse.
    """
    from mqtail.clock import wall_clock_ms
    from mqtail.filters import compile_filter, from_options
    from mqtail.times import is_duration, parse_duration, parse_time, parse_zone

    values = dict(options)
    now = wall_clock_ms()
    since = values.get("since")
    if since is not None and is_duration(since) and values.get("until") is None:
        values["since_ago"] = _parsed("since", since, parse_duration)
    zone = values["timezone"] = _parsed("timezone", values.get("timezone") or "utc", parse_zone)
    for name in ("since", "until"):
        if values.get(name) is not None:
            values[name] = _parsed(
                name, values[name], lambda text: parse_time(text, now=now, zone=zone)
            )
    level = values.get("level")
    values["level"] = Level.named(level) if level else Level.UNKNOWN
    values["instances"] = tuple(map(_host, values.get("instances", ())))
    values["output"] = _output(values.get("output"))
    values["follow"] = _follow(values.get("follow"), values.get("until"))
    settings = Settings(**values, pace=pace())
    _check_times(settings, now)
    wanted = _parsed(
        "filter", settings.filter, lambda text: compile_filter(text, now=now, zone=zone)
    )
    return settings, from_options(settings.instances, settings.kinds, settings.level).and_(wanted)


def chooses(options: Mapping[str, Any]) -> bool:
    """Whether these options of `tail` have the targets chosen in the UI.

    Raises:
        UsageError: the UI was asked for where there is no terminal.
    """
    return not options["targets"] and _output(options.get("output")) == "tui"


def build_open(options: Mapping[str, Any]) -> tuple[Settings, Filter]:
    """The settings that the options of `mqtail open` mean, and the filter of what it reads.

    Raises:
        UsageError: a value that makes no sense, or a filter expression that does not parse.
    """
    values = dict(options)
    files: tuple[str, ...] = values.pop("files")
    opened = {"follow": False, "command": "mqtail open", "files": files}
    settings, filter = build_settings(values | opened)
    since, until, matches = settings.since, settings.until, filter.matches

    def wanted(event: LogEvent) -> bool:
        time = event.timestamp
        return (
            (since is None or time >= since) and (until is None or time < until) and matches(event)
        )

    return settings, filter if since is None and until is None else replace(filter, matches=wanted)


def build_check(options: Mapping[str, Any]) -> tuple[Settings, Wanted]:
    """The settings that the options of `mqtail check` mean, and what is asked of it alone.

    Raises:
        UsageError: a value that makes no sense, or a check that there is not.
    """
    from mqtail.checks.console import Wanted
    from mqtail.checks.registry import check_ids
    from mqtail.times import parse_duration

    values = dict(options)
    wait, principal = values.pop("wait"), values.pop("principal")
    only = tuple(id.strip() for text in values.pop("only") for id in text.split(",") if id.strip())
    _parsed("only", only, check_ids)
    wanted = Wanted(
        only=only,
        principal=_parsed("principal", principal, _principal),
        wait_ms=None if wait is None else _parsed("wait", wait, parse_duration),
        strict=values.pop("strict"),
        ascii=values.pop("ascii"),
        quiet=values.pop("quiet"),
    )
    settings, _ = build_settings(values)
    return settings, wanted


def _parsed(name: str, value: _V, parse: Callable[[_V], _T]) -> _T:
    """What an option's value means; an error says which option, and where it was given."""
    try:
        return parse(value)
    except UsageError as error:
        context = click.get_current_context(silent=True)
        parameters = context.command.params if context else []
        parameter = next((found for found in parameters if found.name == name), None)
        where = origin(parameter, context) if parameter else f"--{name}"
        if isinstance(error, FilterError):
            sentence = f"{where}, column {error.column}: {error.problem}"
        else:
            sentence = f"{where}: {error.message}"
        hint = error.hint or "see `mqtail tail --help`"
        raise UsageError(sentence, hint[:1].upper() + hint[1:]) from error


def _principal(arn: str) -> str:
    """The ARN of a user or role, or nothing.

    Raises:
        UsageError: it is something else.
    """
    if arn and not arn.startswith("arn:"):
        raise UsageError(
            f"{arn} is no ARN of a user or role.", "As in arn:aws:iam::111122223333:role/deployer."
        )
    return arn


def _host(instance: str) -> str:
    """A RabbitMQ node by its host alone, as the log stream's name gives it."""
    return instance.removeprefix("rabbit@").split(".", 1)[0]


def _output(named: str | None) -> str:
    # The UI draws on stderr, as Textual does.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    terminal = all(map(is_terminal, streams))
    require_stdout()
    if named == "tui" and not terminal:
        raise UsageError("The UI needs a terminal.", "Use -o text, json or raw in a pipe.")
    return named or ("tui" if terminal else "text")


def _follow(asked: bool | None, until: int | None) -> bool:
    """Whether to follow; only a flag, not a variable or the file, can contradict --until."""
    if until is None:
        return asked is not False
    context = click.get_current_context(silent=True)
    given = context.get_parameter_source("follow") if context else None
    if asked and given is ParameterSource.COMMANDLINE:
        raise UsageError("--until and --follow exclude each other.", "--until means --no-follow.")
    return False


def _check_times(settings: Settings, now: int) -> None:
    since, until = settings.since, settings.until
    if since is not None and since > now:
        raise UsageError("--since lies in the future.", "There is nothing to read yet.")
    if since is not None and until is not None and since >= until:
        raise UsageError(
            "--until is not after --since.",
            "Both count back from now, as in -s 2h -u 1h; without --since it starts 10m ago.",
        )
