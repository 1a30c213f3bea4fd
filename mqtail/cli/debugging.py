"""`--debug`, which every command has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mqtail.cli.options import variable_of
from mqtail.files import debug_file

_FILE = "mqtail.debug_file"
"""Where the context of a command has the file that is to be written."""


class Command(click.Command):
    """A command that can write down what it does."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params += [
            _option(
                "--debug",
                is_flag=True,
                callback=_ask_for_default,
                help="Write what mqtail asks of AWS and how that goes to a file, for reports of"
                " errors: no credentials, no log events.",
            ),
            _option(
                "--debug-file",
                metavar="FILE",
                type=click.Path(),
                callback=_ask_for_file,
                help=f"The same, to this file.  [default: {debug_file()}]",
            ),
        ]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and write down what it does where that is asked for."""
        path = ctx.meta.get(_FILE)
        if path is None:
            return super().invoke(ctx)
        from mqtail.debug_log import debug_log

        with debug_log(path, ctx.params):
            return super().invoke(ctx)


def _option(flag: str, **attributes: Any) -> click.Option:
    return click.Option(
        [flag], envvar=variable_of(flag), show_envvar=True, expose_value=False, **attributes
    )


def _ask_for_default(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        context.meta.setdefault(_FILE, debug_file())


def _ask_for_file(context: click.Context, _: click.Parameter, name: str | None) -> None:
    if name:
        context.meta[_FILE] = Path(name)
