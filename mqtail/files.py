"""Files that mqtail keeps: where they are, and that nobody else can read them."""

from __future__ import annotations

import fcntl
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from platformdirs import user_config_path, user_log_path, user_state_path

LOCK_TRIES = 50
LOCK_PAUSE_S = 0.01
"""Seconds between two tries: in half a second any other run has written its file."""


def config_file() -> Path:
    """The configuration file; MQTAIL_CONFIG names another one."""
    named = os.environ.get("MQTAIL_CONFIG")
    return Path(named) if named else user_config_path("mqtail") / "config.toml"


def state_file() -> Path | None:
    """What is kept between runs; MQTAIL_STATE names another one, and nothing is kept if empty."""
    named = os.environ.get("MQTAIL_STATE")
    if named is None:
        return user_state_path("mqtail") / "state.json"
    return Path(named) if named else None


def report_file() -> Path:
    """The report of the last unforeseen error; it exists once there was one."""
    return user_log_path("mqtail") / "last-error.txt"


def replace_private(path: Path, data: bytes) -> None:
    """Write a file as a whole, readable by the user only (0600): it is the old or the new one.

    What a symbolic link points to is replaced, not the link. Folders are made where they lack.

    Raises:
        OSError: it cannot be written; it is what it was.
    """
    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with replacement(path) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replacement(path: str | Path) -> Iterator[BinaryIO]:
    """A file (0600) that takes the place of another one at the end; left by an error, none does.

    Raises:
        OSError: it cannot be made, or not take that place.
    """
    folder, last = os.path.split(path)
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{last[:100]}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Keep other runs of mqtail from changing a file that is read, changed and written meanwhile.

    Where that is impossible, or takes too long, it goes on all the same: a file that is replaced as
    a whole is never broken, a change may be lost.
    """
    try:
        directory = os.open(path.resolve().parent, os.O_RDONLY)
    except OSError:
        # There is no folder yet, or there are worse problems, which writing tells.
        yield
        return
    try:
        for _ in range(LOCK_TRIES):
            try:
                fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(LOCK_PAUSE_S)
            except OSError:
                break
            else:
                break
        yield
    finally:
        # That ends the lock, too.
        os.close(directory)


def keep_report(text: str) -> Path:
    """Keep the report of an unforeseen error, readable by the user only (0600).

    Raises:
        OSError: it cannot be written.
    """
    path = report_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return path


class ReportKeeper(logging.Handler):
    """Keeps errors that are logged, with their traceback, instead of printing them.

    What libraries log on the side (a task whose error nobody asked for) comes here too.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record as the last report; where that is impossible, let it go."""
        try:
            keep_report(self.format(record) + "\n")
        except (OSError, ValueError, TypeError):
            # A report that cannot be kept must not become an error of its own.
            return
