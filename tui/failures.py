"""What is said of work that came to an unforeseen end."""

from __future__ import annotations

import logging

from textual.widget import Widget
from textual.worker import Worker, WorkerState

from mqtail.errors import MqtailError
from mqtail.printable import printable
from mqtail.redaction import error_text

logger = logging.getLogger(__name__)


def tell_failure(widget: Widget, event: Worker.StateChanged) -> None:
    """Say that a worker of a widget (filtering, searching) failed; the rest goes on."""
    if event.state is WorkerState.ERROR:
        error = event.worker.error
        problem = printable(error_text(error))
        widget.notify(problem, title=event.worker.name, severity="error", markup=False)


def unforeseen(error: Exception, work: str, hint: str) -> MqtailError:
    """The error to show in place of an unforeseen one, whose traceback is kept.

    Args:
        error: the unforeseen one, being handled.
        work: what ended by it.
        hint: what can be done.
    """
    logger.exception("%s ended", work)
    return MqtailError(error_text(error), f"This is an error in mqtail; {hint}")


def why_stopped(error: BaseException | None) -> str:
    """What the line at the bottom says of an error that ended the session."""
    if isinstance(error, MqtailError):
        return f"{error.message} → {error.hint}" if error.hint else error.message
    end = "q ends mqtail, and tells where the traceback is kept"
    return f"{error_text(error)} → {end}"
