"""What all commands share of stdout and stderr: notices, colours, and their width.

Every command imports this, `--help` too: no asyncio here (`mqtail.writing` has that).
"""

from __future__ import annotations

import os
import select
import stat
import sys
from typing import BinaryIO, TextIO

from mqtail.errors import MqtailError, UsageError
from mqtail.printable import printable
from mqtail.redaction import redacted

_WIDTH = 80
"""Cells of a terminal that does not tell."""


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


def is_gone(stream: TextIO | BinaryIO | None) -> bool:
    """Whether the other side of a terminal or of a pipe is gone; False where nobody can tell."""
    if stream is None:
        return False
    try:
        poll = select.poll()
        # Asked for nothing, it tells errors and hang-ups only.
        poll.register(stream.fileno(), 0)
        return bool(poll.poll(0))
    except (OSError, ValueError):
        return False  # no file behind it


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
