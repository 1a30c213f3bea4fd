"""Files that mqtail keeps: where they are, and that nobody else can read them."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from platformdirs import user_config_path, user_log_path, user_state_path

from mqtail.redaction import redacted

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


def debug_file() -> Path:
    """What `--debug` writes."""
    return user_log_path("mqtail") / "debug.log"


def make_folder(path: Path) -> None:
    """Make a folder where it lacks, and those above it, each the user's only (0700).

    Raises:
        OSError: it cannot be made.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        # Another run may have been faster.
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from None


class Unusable(Exception):
    """A file that cannot be written.

    Args:
        reason: why, in a few words.
        hint: what to do about it, if anything helps.
    """

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def open_alone(path: str) -> int:
    """Open a file to append to it, make it the user's only (0600), and keep other runs from it.

    Returns:
        its descriptor; closing it lets others write.

    Raises:
        Unusable: it is no regular file, cannot be opened, or another run is writing it.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags, 0o600)
    except IsADirectoryError:
        raise Unusable("it is a directory", "Name a file in it.") from None
    except FileNotFoundError:
        folder = os.path.dirname(path) or "."
        raise Unusable(f"there is no directory {folder}", "Make it first.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Unusable(reason or type(error).__name__) from error
    try:
        _claim(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _claim(descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise Unusable("it is no regular file")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Unusable("another mqtail is writing to it", "Name another file.") from None
    except OSError:
        pass  # a file system without locks
    try:
        os.fchmod(descriptor, 0o600)
    except OSError as error:
        why = f"it cannot be made private ({error.strerror})"
        raise Unusable(why, "Name another file, or move this one away.") from error


def replace_private(path: Path, data: bytes) -> None:
    """Write a file as a whole, readable by the user only (0600): it is the old or the new one.

    What a symbolic link points to is replaced, not the link. Folders are made where they lack.

    Raises:
        OSError: it cannot be written; it is what it was.
    """
    path = path.resolve()
    make_folder(path.parent)
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
    """Keep the report of an unforeseen error, readable by the user only (0600), without secrets.

    Raises:
        OSError: it cannot be written.
    """
    path = report_file()
    replace_private(path, redacted(text).encode("utf-8", "replace"))
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
