"""The file of `--debug`: what an engineer needs to know of a run on somebody else's machine.

It has versions, options, AWS calls, and what became of the readers; no log events, and nothing that
signs in anybody. What libraries log of their own does not get there: botocore logs session tokens.
"""

from __future__ import annotations

import fcntl
import logging
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from click.exceptions import Exit

from mqtail import __version__
from mqtail.errors import MqtailError, UsageError
from mqtail.files import Unusable, make_folder, open_alone, replacement
from mqtail.printable import printable
from mqtail.redaction import redacted
from mqtail.stdio import notice
from mqtail.times import utc_text

LIMIT = 10_000_000
"""Bytes of the file at the most; beyond that its older half gives way."""
FIRST_LINE = b"mqtail debug log"
"""How the file begins: a file that begins otherwise is not overwritten."""

_TREES = ("mqtail", "tui", "widgets")
"""Names of the loggers that are written, with all below them."""
_LIBRARIES = ("aiobotocore", "aiohttp", "botocore", "click", "msgspec", "rich", "textual")
_PLAIN_VARIABLES = (
    *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "LANG", "LC_ALL", "TZ"),
    *("TERM", "COLORTERM", "NO_COLOR"),
)
"""Variables whose values are told; of others of AWS, mqtail and proxies only the names are."""

logger = logging.getLogger(__name__)


class DebugLog(logging.Handler):
    """Writes records to a file (0600) of a bounded size, each in one `write` of whole lines.

    Args:
        path: the file; what an earlier run wrote to it is replaced.
        head: its first lines, which stay when older ones give way.

    Raises:
        Unusable: it cannot be written, or holds something else.
    """

    def __init__(self, path: Path, head: str) -> None:
        super().__init__(logging.DEBUG)
        self.path = path
        self.problem: OSError | None = None
        """Why nothing is written any more."""
        self.setFormatter(_Lines())
        self._head = FIRST_LINE + b"\n" + _encoded(head)
        self._descriptor = open_alone(str(path))
        try:
            begin = os.pread(self._descriptor, len(FIRST_LINE), 0)
            if begin and begin != FIRST_LINE:
                raise Unusable("it holds something else than a debug log")
            os.ftruncate(self._descriptor, 0)
            self._size = os.write(self._descriptor, self._head)
        except OSError as error:
            os.close(self._descriptor)
            raise Unusable(error.strerror or type(error).__name__) from error
        except BaseException:
            os.close(self._descriptor)
            raise

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; where the disk takes no more, let it go."""
        try:
            data = _encoded(self.format(record))
        except (ValueError, TypeError) as error:
            data = _encoded(f"A record of {record.name} cannot be written: {error}")
        if self.problem is not None:
            return
        try:
            if self._size + len(data) > LIMIT:
                self._make_room()
            self._size += os.write(self._descriptor, data[-LIMIT // 4 :])
        except OSError as error:
            self.problem = error

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)
        super().close()

    def _make_room(self) -> None:
        """Replace the file by one with the newer half of its lines."""
        keep = LIMIT // 2
        newer = os.pread(self._descriptor, keep, max(0, self._size - keep)).partition(b"\n")[2]
        kept = self._head + b"[older lines gave way]\n" + newer
        with replacement(self.path) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(kept)
            descriptor = os.dup(file.fileno())
        os.close(self._descriptor)
        self._descriptor, self._size = descriptor, len(kept)


class _Lines(logging.Formatter):
    """A line for each record, with the time in UTC; those of a traceback are indented."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        return utc_text(moment)

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\n", "\n    ")


def _encoded(text: str) -> bytes:
    return printable(redacted(text), multiline=True).encode() + b"\n"


@contextmanager
def debug_log(path: Path, options: Mapping[str, Any]) -> Iterator[None]:
    """Write down what mqtail does meanwhile, and say at the end where.

    Args:
        path: the file; folders are made where they lack.
        options: what was asked for, from whatever place.

    Raises:
        UsageError: it cannot be written.
    """
    handler = _opened(path, options)
    trees = [logging.getLogger(name) for name in _TREES]
    for tree in trees:
        tree.addHandler(handler)
        tree.setLevel(logging.DEBUG)
    try:
        yield
    except MqtailError as error:
        logger.debug("Ended with code %d: %s %s", error.exit_code, error.message, error.hint)
        raise
    except Exit as leaving:
        logger.debug("Ended with code %d", leaving.exit_code)
        raise
    except BaseException as error:
        # Ctrl+C is no error.
        logger.debug("Ended by %r", error, exc_info=isinstance(error, Exception))
        raise
    else:
        logger.debug("Ended as asked")
    finally:
        for tree in trees:
            tree.removeHandler(handler)
            tree.setLevel(logging.NOTSET)
        handler.close()
        _tell(handler)


def _opened(path: Path, options: Mapping[str, Any]) -> DebugLog:
    try:
        make_folder(path.parent)
        return DebugLog(path, _about(options))
    except (Unusable, OSError) as error:
        reason = error.reason if isinstance(error, Unusable) else error.strerror
        hint = "--debug-file names another file."
        raise UsageError(f"--debug {path}: {reason}.", hint) from error


def _tell(handler: DebugLog) -> None:
    if handler.problem is not None:
        why = handler.problem.strerror or type(handler.problem).__name__
        notice(f"What mqtail did is only partly in {handler.path}: {why}.")
        return
    notice(
        f"What mqtail did was written to {handler.path}.",
        "It names your resources; it has no credentials and no log events.",
    )


def _about(options: Mapping[str, Any]) -> str:
    """What is known at the start: versions, the machine, and what was asked for."""
    asked = {name: value for name, value in options.items() if value not in (None, (), "", False)}
    plain = {name: value for name in _PLAIN_VARIABLES if (value := os.environ.get(name))}
    others = sorted(
        name
        for name in os.environ
        if name.upper().startswith(("AWS_", "MQTAIL_")) or name.upper().endswith("_PROXY")
    )
    return "\n".join(
        [
            f"mqtail {__version__}, Python {platform.python_version()}, {platform.platform()}",
            "libraries: " + ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES),
            f"process {os.getpid()}, terminals: {_terminals()}, encoding: {sys.stdout.encoding}",
            f"arguments: {sys.argv[1:]}",
            f"options: {asked}",
            f"variables: {plain}",
            f"set as well: {' '.join(name for name in others if name not in plain)}",
        ]
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _terminals() -> str:
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    names = [name for name, stream in streams.items() if stream is not None and stream.isatty()]
    return " ".join(names) or "none"
