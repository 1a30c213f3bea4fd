"""The detail of an event as sections of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial

from mqtail.events import Level, LogEvent
from mqtail.explanations import Explanation, explain
from mqtail.formats import parse
from mqtail.printable import printable
from widgets.detail.fields import event_fields
from widgets.detail.json_tree import JsonPart, JsonTooLarge, find_json
from widgets.detail.rows import (
    FOLDED,
    UNFOLDED,
    DetailRow,
    Folds,
    Part,
    explanation_rows,
    field_rows,
    json_keys,
    json_rows,
    text_rows,
)
from widgets.human import count, date_and_time, duration

HEAD, RAW = "head", "raw"
"""Keys of the first row, and of the section with the text as received."""

_LEVEL_STYLES = {Level.WARN: "warn", Level.ERROR: "error", Level.FATAL: "error"}


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading, and the rows below it."""

    key: str
    title: str
    remark: str
    what: str
    """What is copied on the heading, in words."""
    value: Callable[[], str]
    rows: Callable[[Folds], Iterable[DetailRow]]
    folded: bool = False
    """Whether it begins so."""


class EventDocument:
    """Takes an event apart, once, and lays out what of it is not folded away.

    Args:
        event: the event.
        zone: zone of the times that are shown.
    """

    def __init__(self, event: LogEvent, zone: tzinfo) -> None:
        self._event = event
        self._zone = zone
        self._fields = parse(event)
        self._explanation = explain(event)
        self._json: JsonPart | None = None
        self._too_large = ""
        told = event.source.service == "cloudtrail"
        self._text = self._fields.text or event.message
        try:
            self._json = find_json(event.message if told else self._text)
        except JsonTooLarge as reason:
            self._too_large = str(reason)
        self._sections = list(self._made())

    @property
    def page(self) -> str:
        """Address of the page that explains the event; empty: there is none."""
        return self._explanation.doc if self._explanation else ""

    @property
    def json_text(self) -> str:
        """The JSON as it was received; empty: there is none."""
        return self._json.text() if self._json else ""

    @property
    def json_keys(self) -> list[str]:
        """Keys of everything in the JSON that can be folded."""
        return list(json_keys(self._json)) if self._json else []

    def rows(self, folds: Folds) -> list[DetailRow]:
        """What is shown, from the top."""
        rows = [self._head()]
        for section in self._sections:
            folded = folds.get(section.key, section.folded)
            parts: list[Part] = [
                (FOLDED if folded else UNFOLDED, "mark"),
                (section.title, "heading"),
                (f"  {section.remark}" if section.remark else "", "remark"),
            ]
            rows.append(
                DetailRow(
                    section.key, parts, section.what, section.value, folded=folded, level=1, hang=2
                )
            )
            if not folded:
                rows += section.rows(folds)
        return rows

    def _head(self) -> DetailRow:
        """When the event was, its level, and whether it came late."""
        event = self._event
        parts: list[Part] = [(date_and_time(event.timestamp, self._zone), "head")]
        if event.level:
            style = _LEVEL_STYLES.get(event.level, "text")
            parts.append((f"  {event.level.label.upper()}", style))
        if event.late:
            by = "" if event.lag is None else f" +{duration(event.lag)}"
            parts.append((f"  late{by}", "late"))
        return DetailRow(HEAD, parts, "the event's message", lambda: event.message, level=0)

    def _made(self) -> Iterable[_Section]:
        """The sections that there is something for."""
        event, text, part = self._event, self._text, self._json
        if explanation := self._explanation:
            yield _Section(
                "meaning",
                printable(explanation.title),
                "",
                "the explanation",
                partial(_explained, explanation),
                lambda _: explanation_rows(explanation),
            )
        if part is None or part.source is not text or not part.whole:
            yield _Section(
                "text",
                "Text",
                ", ".join(filter(None, (_lines(text), self._too_large))),
                "the text",
                lambda: text,
                lambda _: text_rows("text", text, styled=True),
            )
        if part is not None:
            yield _Section(
                "json",
                "JSON",
                f"{count(len(part.nodes))} values" if len(part.nodes) > 1 else part.text(),
                "the JSON",
                part.text,
                lambda folds: json_rows(part, folds, event),
            )
        fields = event_fields(event, self._fields, self._zone)
        yield _Section(
            "fields",
            "Fields",
            "",
            "all fields",
            lambda: "\n".join(f"{field.name}: {field.value}" for field in fields),
            lambda _: field_rows(fields),
        )
        yield _Section(
            RAW,
            "As received",
            _lines(event.message),
            "the event's message",
            lambda: event.message,
            lambda _: text_rows(RAW, event.message, styled=False),
            folded=True,
        )


def _explained(explanation: Explanation) -> str:
    """All of an explanation, to be put into a ticket."""
    next_steps = [f"- {line}" for line in explanation.look_at]
    return "\n".join([explanation.title, explanation.meaning, *next_steps, explanation.doc])


def _lines(text: str) -> str:
    """How many lines a text has, where that is worth telling."""
    lines = text.count("\n") + 1
    return f"{count(lines)} lines" if lines > 1 else ""
