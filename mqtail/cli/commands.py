"""The command line: commands, options and exit codes (see `mqtail --help`).

AWS libraries and the UI are imported by the functions that need them: `--help` needs neither.
"""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from mqtail import __version__
from mqtail.cli.debugging import Command
from mqtail.cli.loading import sign_in_loading
from mqtail.cli.options import (
    CONTEXT,
    check_options,
    demo_check_options,
    demo_ls_options,
    demo_tail_options,
    load_defaults,
    ls_options,
    open_options,
    origin,
    tail_options,
)
from mqtail.cli.values import build_check, build_settings, chooses
from mqtail.errors import MqtailError, TargetError, UsageError
from mqtail.unwaited import end_at_once

HELP = """Live-tail Amazon MQ brokers and Amazon MSK clusters: all their logs, in time order.

\b
  mqtail                                 choose what to tail
  mqtail orders-mq                       the terminal UI over all logs of a broker
  mqtail orders-mq -i 2 -l warn          warnings and worse of instance 2
  mqtail orders-mq -f '/Transport/'      what matches a filter expression
  mqtail orders-mq -o json --no-follow --since 1h | jq .message
  mqtail clicks-msk -d s3                a Kafka cluster, as its logs are delivered to S3
  mqtail cloudtrail --since 1d           who changed what: the API calls alone
  mqtail orders-mq --record day.jsonl.gz  keep what is read; `mqtail open day.jsonl.gz` shows it
  mqtail check orders-mq                 why are there no logs?
  mqtail demo                            all of it without an AWS account

Without a command it is `mqtail tail`; its options: `mqtail tail --help`.
"""

EPILOG = """Exit codes: 0 ended as asked, 2 wrong usage, 3 no such target or nothing could be read,
4 credentials or sign-in, 5 an unforeseen error. `mqtail check --help` has its own.
"""

CHECK_EPILOG = """Exit codes: 0 no check failed, 1 at least one did, 2 wrong usage, 3 nothing
failed but something could not be checked, 4 credentials or sign-in, 5 an unforeseen error.
"""

YOUNG_OBJECTS = 50_000
"""New objects between two passes of the garbage collector, until the UI sets its own."""


class DefaultGroup(click.Group):
    """A group whose first word may be left out: then it is `tail`."""

    command_class = Command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `tail` in front where no command is named."""
        first = args[0] if args else ""
        if first not in self.commands and first not in ("--help", "-h", "--version"):
            args = ["tail", *args]
        return super().parse_args(ctx, args)


@click.group(cls=DefaultGroup, help=HELP, epilog=EPILOG, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="mqtail")
def cli() -> None:
    """The commands."""


@cli.command("tail", short_help="Tail brokers, clusters or log groups: in a UI, or as lines.")
@tail_options
def tail_command(**options: Any) -> None:
    """Tail brokers, clusters or log groups: the UI on a terminal, lines into a pipe.

    A TARGET is a broker's name, id (b-...) or ARN, a cluster's name or ARN, a shell pattern of
    names, a log group's name or ARN, or `cloudtrail` for the API calls alone. Without one,
    the UI has you choose; into a pipe, all brokers and clusters of the region are tailed.
    """
    _tail(options)


@cli.command("open", short_help="Show recordings, JSON lines or log files, in the same UI.")
@open_options
def open_command(**options: Any) -> None:
    """Show recordings in the same UI, or as lines in time order into a pipe.

    A FILE is what --record or `s` in the UI wrote, JSON lines with at least timestamp and message,
    what `aws logs filter-log-events` prints, or a broker's log file; compressed with gzip or not;
    `-` is stdin. Several are merged in time order, and an event that is in several shows once.
    """
    from mqtail.cli.run import open_files

    open_files(options)


@cli.command("check", epilog=CHECK_EPILOG, short_help="Why are there no logs? Check the set-up.")
@check_options
def check_command(**options: Any) -> None:
    """Find out why there are no logs: what keeps them away, and the commands that mend it.

    A TARGET is what `mqtail tail` takes. Without one, all brokers and clusters of the region are
    checked. Nothing is changed: the commands are printed, not run.
    """
    _check(options)


@cli.command("ls", short_help="List brokers and clusters, their logs, and the newest event.")
@ls_options
def ls_command(**options: Any) -> None:
    """List brokers and clusters of the region, where their logs are, and how old the newest is."""
    _ls(options)


@cli.group(
    "demo",
    cls=DefaultGroup,
    context_settings=CONTEXT,
    short_help="The same on an embedded AWS: no account needed.",
)
def demo() -> None:
    """The same on an embedded AWS that tells a story: no account needed.

    \b
      mqtail demo                    the UI
      mqtail demo tail orders-mq     one broker
      mqtail demo tail clicks-msk    a Kafka cluster
      mqtail demo check              the setup check
      mqtail demo serve              only the embedded AWS, for other tools
    """


@demo.command("tail")
@demo_tail_options
def demo_tail(**options: Any) -> None:
    """Tail the demo's brokers (orders-mq, telemetry-mq) and clusters (clicks-msk, audit-msk)."""
    # Into a pipe all brokers are tailed, and those whose logs do not come would only puzzle.
    wrong_setups = bool(options["targets"]) or chooses(options)
    options["command"] = "mqtail demo tail"
    _on_embedded_aws(lambda: _tail(options), wrong_setups=wrong_setups)


@demo.command("check", epilog=CHECK_EPILOG)
@demo_check_options
def demo_check(**options: Any) -> None:
    """Check the set-up of the demo's brokers and clusters."""
    _on_embedded_aws(lambda: _check(options), wrong_setups=True)


@demo.command("ls")
@demo_ls_options
def demo_ls(**options: Any) -> None:
    """List the demo's brokers and clusters."""
    _on_embedded_aws(lambda: _ls(options))


@demo.command("serve", short_help="Run the embedded AWS alone, for other tools.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, metavar="PORT",
    help="Port on 127.0.0.1; 0: any free one.",
)  # fmt: skip
def demo_serve(port: int) -> None:
    """Run the embedded AWS alone, and print the variables that point any AWS tool at it.

    It runs until Ctrl+C. In another shell, enter the lines that it prints, or write them to a file
    and read that with `source`.
    """
    import asyncio

    asyncio.run(_serve(port))


def _tail(options: dict[str, Any]) -> None:
    from mqtail.cli.run import tail

    try:
        tail(options)
    except TargetError as error:
        from difflib import get_close_matches

        # `mqtail lss` looks for a broker of that name.
        near = get_close_matches(next(iter(options["targets"]), ""), cli.commands, n=1, cutoff=0.8)
        if not near:
            raise
        hint = f"{error.hint} Did you mean the command `mqtail {near[0]}`?".lstrip()
        raise TargetError(error.message, hint) from error


def _check(options: dict[str, Any]) -> None:
    try:
        code = _check_targets(options)
    except KeyboardInterrupt:
        # Before anything was checked: no pass.
        code = TargetError.exit_code
    if code:
        raise click.exceptions.Exit(code)


def _check_targets(options: dict[str, Any]) -> int:
    """Check, or print what was asked for instead; gives the exit code."""
    from mqtail.stdio import print_all

    if options.pop("print_policy"):
        import json

        from mqtail.checks.permissions import reading_policy

        print_all(json.dumps(reading_policy(), indent=2) + "\n")
        return 0
    if options.pop("list_checks"):
        from mqtail.checks.registry import ALL
        from mqtail.checks.report import listing

        print_all(listing(list(ALL.values()), options["output"]))
        return 0
    settings, wanted = build_check(options)
    signed_in = sign_in_loading(settings, "mqtail.checks.console")
    import asyncio

    from mqtail.checks.console import check

    return asyncio.run(check(settings, signed_in, wanted))


def _ls(options: dict[str, Any]) -> None:
    settings, _ = build_settings(options)
    signed_in = sign_in_loading(settings, "mqtail.listing")
    import asyncio

    from mqtail.listing import list_targets, table
    from mqtail.stdio import notice, print_all

    listed = asyncio.run(list_targets(settings, signed_in))
    print_all(table(listed, settings))
    for note in listed.notes:
        notice(note)


async def _serve(port: int) -> None:
    """Run the embedded AWS until SIGINT or SIGTERM.

    Raises:
        UsageError: it cannot listen on the port.
    """
    import asyncio
    import os

    from mqtail.demo.serve import serve
    from mqtail.pipe import ended_by_signals

    serving = asyncio.create_task(serve(port, story=True, out=click.echo))
    with ended_by_signals(serving):
        try:
            await serving
        except asyncio.CancelledError:
            return
        except BrokenPipeError:
            raise
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            raise UsageError(
                f"The embedded AWS cannot listen on port {port}: {why}.",
                "Name another port, or leave --port out for a free one.",
            ) from error


def _on_embedded_aws(command: Callable[[], None], *, wrong_setups: bool = False) -> None:
    """Run a command against the embedded AWS, whatever the AWS configuration says."""
    import os

    from mqtail.demo.serve import environment
    from mqtail.demo.server import EmbeddedAws
    from mqtail.demo.thread import EmbeddedAwsThread

    with EmbeddedAwsThread(EmbeddedAws(story=True, wrong_setups=wrong_setups)) as server:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(environment(server.url))
        os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
        command()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the documented exit code.

    Args:
        arguments: the words after the program's name; None: those that it was called with.
    """
    _prepare()
    code = _run(arguments)
    atexit.register(end_at_once, code)
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    """Run the command line, tell what went wrong, and give the exit code."""
    try:
        code = cli.main(
            arguments, prog_name="mqtail", standalone_mode=False, default_map=load_defaults()
        )
    except click.ClickException as error:
        _say_usage(error)
        return UsageError.exit_code
    except MqtailError as error:
        if not error.told:
            _say(error.message, error.hint)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 0
    except (BrokenPipeError, SystemExit):
        # click ends with 1 where a pipe was closed; nothing else exits in there.
        from mqtail.stdio import discard_stdout

        discard_stdout()
        return 0
    except Exception as error:
        return _unforeseen(error)
    return code if isinstance(code, int) else 0


def _prepare() -> None:
    """Let SIGTERM end the program as Ctrl+C does, and keep tracebacks from the terminal.

    The garbage collector is to look rarely: what is imported stays, and looking at it again and
    again takes a sixth of the time to start, and once more at the end 0.2 s.

    SIGUSR1 does nothing until there is something to tell: it would end the program.
    """
    import gc
    import logging
    import signal

    from mqtail.files import ReportKeeper

    gc.set_threshold(YOUNG_OBJECTS)
    atexit.register(gc.freeze)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    logging.basicConfig(handlers=[ReportKeeper()])


def _unforeseen(error: Exception) -> int:
    """Keep the traceback where a person can find it, and say so."""
    import traceback

    from mqtail.files import keep_report

    try:
        path = keep_report("".join(traceback.format_exception(error)))
        hint = f"The traceback was kept in {path}."
    except OSError as problem:
        hint = f"The traceback could not be kept: {problem}."
    _say(f"Unforeseen error, {type(error).__name__}: {error}", hint)
    return MqtailError.exit_code


def _say_usage(error: click.ClickException) -> None:
    """Tell what click finds wrong with the command line, a variable, or the configuration."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    sentence = error.format_message()
    missing = isinstance(error, click.MissingParameter)
    if isinstance(error, click.BadParameter) and not missing and error.param is not None:
        sentence = f"{origin(error.param, context)}: {error.message}"
    _say(sentence, f"See `{context.command_path if context else 'mqtail'} --help`.")


def _say(sentence: str, hint: str = "") -> None:
    from mqtail.stdio import notice

    notice(sentence, hint)
