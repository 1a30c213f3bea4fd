"""One check in full: what it found, why that matters, and what mends it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from mqtail.checks.findings import Outcome
from mqtail.printable import printable
from widgets.checks.list import Line
from widgets.checks.rows import LOOKS, TROUBLED, CheckRow, TargetRows, in_order, tally

MUTED = "$foreground 60%"

MOST_SHOWN = 20_000
"""Characters of a text that are shown; policy documents are far smaller."""

OUTCOMES: dict[Outcome | None, tuple[str, str]] = {
    Outcome.FAIL: ("failed", "bold $text-error"),
    Outcome.UNKNOWN: ("unknown: it could not be looked at", "bold $text-accent"),
    Outcome.WARN: ("warning", "bold $text-warning"),
    None: ("not done yet", "$text-primary"),
    Outcome.PASS: ("passed", "$text-success"),
    Outcome.SKIP: ("skipped: it does not apply", MUTED),
}
"""Outcomes in words, and their styles."""


class CheckDetail(VerticalScroll, can_focus=True):
    """Shows a check's finding; of a target, what is wrong with it.

    Args:
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    DEFAULT_CSS = """
    CheckDetail {
        padding: 0 1;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;

        & Static { height: auto; }
        & .check-detail--head { margin-bottom: 1; }
        & .check-detail--fix {
            margin-bottom: 1; padding: 0 1; background: $surface; border-left: thick $primary;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,enter,left",
            "leave",
            "Back",
            key_display="esc",
            tooltip="Back to the checks",
            id="check-leave",
        ),
    ]

    class Left(Message):
        """The user wants to go back to the checks."""

    _shown: Line | None = None

    def compose(self) -> ComposeResult:
        """Head, findings, commands, and the page to read."""
        yield Static(classes="check-detail--head")
        yield Static(classes="check-detail--found")
        yield Static(classes="check-detail--fix")
        yield Static(classes="check-detail--doc")

    def show(self, line: Line | None) -> None:
        """Show a check of a target, the target itself, or nothing."""
        if line == self._shown:
            return
        if line is None or self._shown is None or _name(line) != _name(self._shown):
            self.scroll_home(animate=False)
        self._shown = line
        contents = _contents(line)
        for part in ("head", "found", "fix", "doc"):
            content = contents.get(part)
            static = self.query_one(f".check-detail--{part}", Static)
            static.display = content is not None
            static.update(content or Content())

    def action_leave(self) -> None:
        """Go back to the checks."""
        self.post_message(self.Left())


def _name(line: Line) -> tuple[object, ...]:
    target, check = line
    return target.key, check and check.id


def _contents(line: Line | None) -> dict[str, Content]:
    """What the parts say that say anything."""
    if line is None:
        return {}
    target, check = line
    return _of_target(target) if check is None else _of_check(target, check)


def _of_target(target: TargetRows) -> dict[str, Content]:
    (_, checks), *_ = in_order([target])
    service = f"  {target.service}" if target.service else ""
    lines = [
        Content.assemble(
            (f"{LOOKS[row.outcome].mark} ", OUTCOMES[row.outcome][1]), _clean(row.title)
        )
        for row in checks
        if row.outcome in TROUBLED
    ]
    said = Content("\n").join(lines) if lines else None
    counts = " · ".join(text for _, text in tally(checks))
    name = _clean(target.name)
    head = Content.assemble((name, "bold"), (service, MUTED), (f"\n{counts}", MUTED))
    return {"head": head} | ({"found": said} if said else {})


def _of_check(target: TargetRows, check: CheckRow) -> dict[str, Content]:
    words, style = OUTCOMES[check.outcome]
    remark = f"  {check.remark}" if check.remark else ""
    head = Content.assemble(
        (_clean(check.title), "bold"),
        (f"\n{LOOKS[check.outcome].mark} {words}", style),
        (remark, "$text-primary"),
        (f"\n{_clean(target.name)} · {check.category} · {check.id}", MUTED),
    )
    contents = {"head": head}
    finding = check.finding
    if finding is None:
        return contents
    sections = [("found", finding.evidence), ("cause", finding.cause)]
    parts = [
        Content.assemble((f"{name}\n", "$text-primary"), _clean(text), "\n")
        for name, text in sections
        if text
    ]
    if finding.fix:
        parts.append(Content.styled("fix (y copies it)", "$text-primary"))
        commands = (_clean(command, multiline=True) for command in finding.fix)
        contents["fix"] = Content("\n\n".join(commands))
    if parts:
        contents["found"] = Content("\n").join(parts)
    if check.doc:
        contents["doc"] = Content.assemble(("see ", "$text-primary"), _clean(check.doc))
    return contents


def _clean(text: str, *, multiline: bool = False) -> str:
    """A text made printable, cut where it is too long."""
    shown = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
    return printable(shown, multiline=multiline)
