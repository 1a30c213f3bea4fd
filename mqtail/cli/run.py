"""What `tail` and `open` run: the UI on a terminal, lines into a pipe."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from mqtail.cli.loading import sign_in_loading
from mqtail.cli.values import build_open, build_settings

if TYPE_CHECKING:
    from mqtail.choice import Choice
    from mqtail.clock import Clock
    from mqtail.engine import Tail
    from mqtail.errors import FilterError
    from mqtail.filters import Filter
    from mqtail.pipe import Formatted
    from mqtail.recordings.recorder import Recorder
    from mqtail.settings import Settings
    from mqtail.store import Predicate, Store


def tail(options: dict[str, Any]) -> None:
    """Tail what the options of `mqtail tail` ask for; without a target the UI has it chosen.

    Raises:
        MqtailError: the options make no sense, nobody can sign in, or nothing can be read.
        click.exceptions.Exit: the UI ended with another code than 0.
    """
    settings, wanted = build_settings(options)
    from mqtail.recordings.recorder import recording
    from mqtail.stdio import notice

    in_ui = settings.output == "tui"
    recorded = recording(settings.record, wanted.matches, notice, sum_up=in_ui)
    with recorded as recorder:
        if in_ui:
            _tail_in_ui(settings, wanted, recorder)
        else:
            wanted.when_stopped(_tell_stopped)
            _tell_ui_mistake()
            _tail_into_pipe(settings, wanted.matches, recorder)


def open_files(options: dict[str, Any]) -> None:
    """Show the recordings that the options of `mqtail open` name.

    Raises:
        MqtailError: the options make no sense, or no file can be read.
        click.exceptions.Exit: the UI ended with another code than 0.
    """
    settings, wanted = build_open(options)
    from mqtail.recordings.files import opened
    from mqtail.recordings.sources import Sources

    sources = Sources()
    with opened(settings.files, sources) as files:
        if settings.output == "tui":
            from mqtail.recordings.session import RecordedSession
            from tui.app import Tailing, run

            session = RecordedSession(files, settings, wanted.matches)
            wanted.when_stopped(lambda error: session.notes.append(_stopped(error)))
            _leave(run(Tailing(session, settings)))
            return
        from mqtail.filters.guard import slow_searches_stopped
        from mqtail.pipe import line_of
        from mqtail.recordings.printing import print_recordings

        def make_line(targets: tuple[str, ...]) -> Formatted:
            return line_of(replace(settings, targets=targets), terminal=sys.stdout.isatty())

        wanted.when_stopped(_tell_stopped)
        _tell_ui_mistake()
        with slow_searches_stopped():
            print_recordings(files, sources.all, settings, wanted.matches, make_line)


def _tell_ui_mistake() -> None:
    """Tell what makes no sense of the UI's configuration: it keeps no line from being printed."""
    from mqtail.config import ui_config
    from mqtail.errors import UsageError
    from mqtail.stdio import notice

    try:
        ui_config()
    except UsageError as error:
        notice(error.message, error.hint)


def _tail_in_ui(settings: Settings, wanted: Filter, recorder: Recorder | None) -> None:
    from mqtail.aws.profiles import sign_in_can_wait
    from mqtail.later import Later
    from mqtail.pipe import tell_summary
    from mqtail.starting import StartingChoice, StartingTail
    from tui.app import Launch, Tailing, run

    choice = Later(lambda: _choice(settings))
    if not sign_in_can_wait(settings):
        choice.make()
    choosing = StartingChoice(settings, choice)
    latest: StartingTail | None = None

    def tailing(targets: tuple[str, ...]) -> Tailing:
        nonlocal latest
        # The region and the profile may be others by now.
        chosen = replace(choosing.settings, targets=targets)

        def make(notes: list[str], store: Store, clock: Clock) -> Tail:
            sign_in, matches = choice.wait().sign_in, wanted.matches
            from mqtail.engine import Tail

            return Tail(chosen, sign_in, wanted=matches, clock=clock, notes=notes, store=store)

        session = latest = StartingTail(chosen, make)
        wanted.when_stopped(lambda error: session.notes.append(_stopped(error)))
        if recorder is not None:
            recorder.follow(session.store, session.notes)
        return Tailing(session, chosen, session.checkup)

    launch = Launch(choosing, tailing, choice.ready, remembers=settings.command == "mqtail")
    code = run(tailing(settings.targets) if settings.targets else None, launch)
    if settings.summary and latest is not None and (tail := latest.tail.made):
        tell_summary(tail)
    _leave(code)


def _choice(settings: Settings) -> Choice:
    """Sign in, and load what reads the logs."""
    sign_in = sign_in_loading(settings, "mqtail.choice", "mqtail.engine")
    from mqtail.choice import Choice

    return Choice(settings, sign_in)


def _tail_into_pipe(settings: Settings, wanted: Predicate, recorder: Recorder | None) -> None:
    import asyncio

    signed_in = sign_in_loading(settings, "mqtail.engine", "mqtail.pipe", "mqtail.output")
    from mqtail.engine import Tail
    from mqtail.filters.guard import slow_searches_stopped
    from mqtail.pipe import line_of, tail_into

    session = Tail(settings, signed_in, wanted=wanted)
    line = line_of(settings, terminal=sys.stdout.isatty())

    async def read() -> None:
        with slow_searches_stopped():
            await tail_into(session, line, recorder=recorder)

    asyncio.run(read())


def _tell_stopped(error: FilterError) -> None:
    from mqtail.stdio import notice

    notice(_stopped(error))


def _stopped(error: FilterError) -> str:
    """What is told of a filter that was stopped."""
    return f"--filter: {error.problem}; {error.hint}."


def _leave(code: int) -> None:
    if code:
        raise click.exceptions.Exit(code)
