"""What all commands share of stdout and stderr: writing, notices, colours, and their width."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Coroutine
from typing import Any, BinaryIO, TextIO

from mqtail.errors import MqtailError, UsageError
from mqtail.printable import printable
from mqtail.redaction import redacted

_WIDTH = 80
"""Cells of a terminal that does not tell."""


class Writer:
    """Writes bytes in a thread, so that a slow reader of a pipe holds up nothing else.

    Args:
        stream: where to write.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.problem: OSError | None = None
        """Why nothing can be written any more: what is given from then on is dropped."""

    async def write(self, data: bytes) -> None:
        """Write and flush."""
        if self.problem is None:
            await asyncio.to_thread(self._write, data)

    def _write(self, data: bytes) -> None:
        try:
            self.stream.write(data)
            self.stream.flush()
        except OSError as error:
            self.problem = error


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Do work; cancelled, do it to its end nevertheless."""
    doing = asyncio.create_task(work)
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await doing
        raise


def unwritable(what: str, problem: OSError) -> MqtailError:
    """The error that `what` (plural: `The events`) cannot be written to stdout."""
    reason = problem.strerror or type(problem).__name__
    return MqtailError(f"{what} cannot be written to stdout: {reason}.")


def print_all(text: str) -> None:
    """Write text to stdout, characters that it does not have as escapes.

    Raises:
        BrokenPipeError: nobody reads stdout any more.
        MqtailError: it is closed, or takes no more for another reason.
    """
    require_stdout()
    try:
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding, "backslashreplace"))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_stdout()
        raise unwritable("This", error) from error


def require_stdout() -> None:
    """See that there is a stdout: one that was closed before the start is None.

    Raises:
        UsageError: there is none.
    """
    if sys.stdout is None:
        raise UsageError("stdout is closed.", "Send the lines to a file or a pipe.")


def discard_stdout() -> None:
    """Let what is still buffered for a closed pipe go nowhere, instead of failing at the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def is_pipe(stream: TextIO) -> bool:
    """Whether it leads to another program."""
    return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether it is a terminal; None, what Python has for a stream that is closed, is none."""
    return stream is not None and stream.isatty()


def is_coloured(when: str, *, terminal: bool) -> bool:
    """Whether text is coloured, as `--color` and NO_COLOR say.

    Args:
        when: `auto`, `always` or `never`.
        terminal: it is written to a terminal.
    """
    auto = terminal and not os.environ.get("NO_COLOR")
    return {"always": True, "never": False}.get(when, auto)


def terminal_width(stream: TextIO) -> int:
    """Cells of the terminal behind a stream: what COLUMNS says, else what the terminal does."""
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _WIDTH
    except (OSError, ValueError):
        return _WIDTH


def notice(sentence: str, hint: str = "") -> None:
    """Tell something on stderr: a sentence, and what to do about it in a line of its own.

    Credentials in it are hidden: errors may quote them.
    """
    tell(f"mqtail: {_sentence(sentence)}\n" + (f"        {_sentence(hint)}\n" if hint else ""))


def tell(lines: str) -> None:
    """Write whole lines to stderr as they are: harmless ones, newlines included."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(lines)
        sys.stderr.flush()
    except OSError:
        return  # nobody listens


def _sentence(text: str) -> str:
    """Text in one harmless line that ends like a sentence."""
    line = printable(redacted(" ".join(text.split())))
    if not line.endswith((".", "!", "?", "…", ")")):
        line += "."
    return line
