"""Files that mqtail keeps: where they are, and that nobody else can read them."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from platformdirs import user_config_path, user_log_path


def config_file() -> Path:
    """The configuration file; MQTAIL_CONFIG names another one."""
    named = os.environ.get("MQTAIL_CONFIG")
    return Path(named) if named else user_config_path("mqtail") / "config.toml"


def keep_report(text: str) -> Path:
    """Keep the report of an unforeseen error, readable by the user only (0600).

    Raises:
        OSError: it cannot be written.
    """
    path = user_log_path("mqtail", ensure_exists=True) / "last-error.txt"
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
