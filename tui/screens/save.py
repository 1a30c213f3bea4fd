"""Saves what is shown to a file: asks for its name, writes it, and says how that goes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.style import Style
from textual.widgets import Input, Static
from textual.worker import Worker

from mqtail.clock import wall_clock_ms
from mqtail.events import LogEvent
from mqtail.printable import printable
from mqtail.recordings.saving import FORMS, form_of, save_events, suggested_name, with_form
from widgets.human import count, date_and_time, events
from widgets.key_line import KeyLine
from widgets.text_input import TextInput

SAMPLE = 1_000
"""Events that are asked for their target, for the name that is suggested."""

TITLES = {"json": "JSON lines", "text": "text", "raw": "raw"}
"""What can be written; each has its ending."""
NOTES = {
    "json": "all there is to each event; `mqtail open` shows it again",
    "text": "aligned columns, to be read",
    "raw": "the messages alone, as they were received",
}


class SaveScreen(ModalScreen[Path | None]):
    """Gives the file that was written, None where it was thought better of.

    The name tells the form of the file; choosing a form changes the name. An existing file is
    replaced only when that was said twice, and only when everything is written.

    Args:
        rows: what is shown.
        zone: zone of the times in text, and in the name.
        name: the name to begin with; empty: one made of the target and the time.
    """

    DEFAULT_CSS = """
    SaveScreen {
        align: center middle;

        & > Vertical {
            width: 76;
            max-width: 100%;
            height: auto;
            background: $background;
            border: round $primary;
            border-title-color: $text-primary;
            border-title-style: bold;
        }
        & #save-what { height: auto; max-height: 2; padding: 0 1; color: $text-muted; }
        & Input { margin: 0 1; }
        & #save-forms { height: 1; padding: 0 1; link-style: none; link-color: $text; }
        & #save-hint {
            height: 2; padding: 0 1; color: $text-muted;
            &.-ask { color: $text-warning; }
            &.-error { color: $text-error; }
        }
        & KeyLine { dock: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "save",
            "Save",
            key_display="enter",
            priority=True,
            tooltip="Write the file; where there is one of that name, asked once more, replace it",
            id="save-write",
        ),
        Binding(
            "tab",
            "next_form",
            "Form",
            tooltip="Write JSON lines, text, or the raw messages: the next of them",
            id="save-form",
        ),
        Binding(
            "shift+tab",
            "compress",
            "Gzip",
            tooltip="Compress the file, or do not",
            id="save-gzip",
        ),
        Binding(
            "escape",
            "cancel",
            "Cancel",
            key_display="esc",
            tooltip="Stop writing, or close without saving; nothing is left behind",
            id="save-cancel",
        ),
    ]

    def __init__(self, rows: Sequence[LogEvent], zone: tzinfo, name: str = "") -> None:
        super().__init__()
        self._events = list(rows)
        self._zone = zone
        self._suggested = name or suggested_name(self._targets(), wall_clock_ms(), zone)
        self._answered: str | None = None
        """The name that was to be written to: the hint says what became of that."""
        self._replaces: Path | None = None
        """The existing file that was asked about."""
        self._writing: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """What is saved, the name, the form, and how it goes."""
        box = Vertical(
            Static(Content(self._described()), id="save-what"),
            TextInput(self._suggested, placeholder="File", compact=True, select_on_focus=False),
            Static(id="save-forms"),
            Static(id="save-hint"),
            KeyLine(show_command_palette=False),
        )
        box.border_title = "Save what is shown"
        yield box

    def on_mount(self) -> None:
        """The name can be typed at once."""
        self._input.focus()

    def action_save(self) -> None:
        """Write the file, or ask whether an existing one is to be replaced."""
        # Keys before this one may still be on their way to the name.
        self._input.call_later(self._save)

    def _save(self) -> None:
        if self._writing is not None:
            return
        name = self._answered = self._file_name
        if not name:
            self._say("It needs a name", "-error")
            return
        path = Path(os.path.expanduser(name))
        if os.path.isdir(path):
            self._say(f"{name} is a directory: add a name for the file", "-error")
        elif os.path.lexists(path) and path != self._replaces:
            self._replaces = path
            self._say(f"{name} exists: enter replaces it, escape keeps it", "-ask")
        else:
            self._writing = self.run_worker(
                self._write(path), group="save", exit_on_error=False, description="save"
            )

    def action_next_form(self) -> None:
        """Write the next of the forms."""
        forms = list(FORMS)
        name = self._file_name
        self.action_form(forms[(forms.index(form_of(name)) + 1) % len(forms)])

    def action_form(self, form: str) -> None:
        """Write one of the forms: the ending of the name changes."""
        self._rename(form, compressed=self._file_name.endswith(".gz"))

    def action_compress(self) -> None:
        """Compress the file, or do not."""
        self._rename(form_of(self._file_name), compressed=not self._file_name.endswith(".gz"))

    def action_cancel(self) -> None:
        """Stop writing; otherwise take back the question, or close."""
        if self._writing is not None:
            self._writing.cancel()
        elif self._replaces is not None:
            self._describe_name()
        else:
            self.dismiss(None)

    @on(Input.Changed)
    def _name_changed(self) -> None:
        """Show what the name means, if it is not the one that there was an answer to."""
        if self._file_name != self._answered:
            self._describe_name()

    def _describe_name(self) -> None:
        self._answered = self._replaces = None
        form = form_of(self._file_name)
        self.query_one("#save-forms", Static).update(_choice(form, self._file_name.endswith(".gz")))
        folder = os.path.dirname(os.path.abspath(os.path.expanduser(self._file_name)))
        self._say(f"{NOTES[form]}\nin {folder}")

    @property
    def _file_name(self) -> str:
        return self._input.value.strip()

    def _rename(self, form: str, *, compressed: bool) -> None:
        if self._writing is None:
            self._input.value = with_form(self._file_name, form, compressed=compressed)
            self._input.action_end()

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    async def _write(self, path: Path) -> None:
        """Write the file, and close when that is done."""
        total = len(self._events)

        def progress(done: int) -> None:
            self._say(f"Writing… {count(done)} of {count(total)} ({done / total:.0%})")

        self.query_one(Vertical).disabled = True
        self._say("Writing…")
        try:
            await save_events(self._events, path, self._zone, progress)
        except (OSError, ValueError) as error:
            self._failed(path, error)
        except asyncio.CancelledError:
            self._editable()
            self._say("Stopped: nothing was saved")
            raise
        else:
            self.app.notify(
                f"{events(total)} saved in {printable(str(path))}", timeout=5, markup=False
            )
            self.dismiss(path)

    def _failed(self, path: Path, error: OSError | ValueError) -> None:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        if isinstance(error, FileNotFoundError):
            reason = f"There is no directory {path.parent}"
        self._editable()
        self._say(f"{reason}: nothing was saved", "-error")

    def _editable(self) -> None:
        self._writing = self._replaces = None
        self.query_one(Vertical).disabled = False
        self._input.focus()

    def _say(self, text: str, kind: str = "") -> None:
        hint = self.query_one("#save-hint", Static)
        hint.set_class(kind == "-ask", "-ask")
        hint.set_class(kind == "-error", "-error")
        hint.update(Content(printable(text, multiline=True)))

    def _targets(self) -> list[str]:
        sample = self._events[:: max(1, len(self._events) // SAMPLE)]
        return list(dict.fromkeys(event.source.target for event in sample))

    def _described(self) -> str:
        if not self._events:
            return "Nothing is shown: the file will be empty"
        first, last = (
            date_and_time(event.timestamp, self._zone)[:16]
            for event in (self._events[0], self._events[-1])
        )
        return f"{events(len(self._events))}, {first} to {last}"


def _choice(form: str, compressed: bool) -> Content:
    """The forms in a line, what is chosen marked; each can be clicked."""
    parts = [
        _clickable(
            f"{'●' if name == form else '○'} {TITLES[name]}", f"form('{name}')", name == form
        )
        for name in FORMS
    ]
    parts.append(_clickable(f"{'■' if compressed else '□'} gzip", "compress", compressed))
    return Content("   ").join(parts)


def _clickable(text: str, action: str, chosen: bool) -> Content:
    style = Style.from_meta({"@click": f"screen.{action}"})
    content = Content(text).stylize(style)
    return content.stylize("bold") if chosen else content
