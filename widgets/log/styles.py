"""The styles that rows of the log are painted with: their names, and how they look."""

from __future__ import annotations

from mqtail.events import Level

LEVEL_STYLES = {
    Level.UNKNOWN: "none",
    Level.TRACE: "debug",
    Level.DEBUG: "debug",
    Level.INFO: "info",
    Level.WARN: "warn",
    Level.ERROR: "error",
    Level.FATAL: "fatal",
}
"""Styles of levels: of their letters with `level-` before it, of their texts with `text-`."""

INSTANCE_COLORS = 6
"""Colours that instances take in turn."""

STYLES = (
    "time",
    "target",
    "kind",
    "audit",
    "api",
    "late",
    "more",
    "logger",
    "match",
    "search",
    "further",
    "frame",
    "frame-library",
    "cause",
    "thrown",
    "rule",
    "gap",
    "bookmark",
    *(f"level-{name}" for name in dict.fromkeys(LEVEL_STYLES.values())),
    *(f"text-{name}" for name in dict.fromkeys(LEVEL_STYLES.values())),
    *(f"instance-{number}" for number in range(1, INSTANCE_COLORS + 1)),
)
"""Names of the styles that rows are painted with; with `log-view--` before it: CSS classes."""

ROW_CSS = """
    LogView {
        & > .log-view--time { color: $text-muted; }
        & > .log-view--target { color: $text-secondary; }
        & > .log-view--kind { color: $text-muted; }
        & > .log-view--audit { color: $text-accent; }
        & > .log-view--api { color: $text-primary; }
        & > .log-view--late { color: $text-warning; text-style: italic; }
        & > .log-view--more { color: $text-primary; }
        & > .log-view--logger { color: $text-muted; text-style: italic; }
        & > .log-view--match { color: $text-warning; text-style: bold underline; }
        & > .log-view--search { background: $warning; color: $background; text-style: bold; }

        & > .log-view--further { color: $foreground 85%; }
        & > .log-view--frame { color: $foreground; }
        & > .log-view--frame-library { color: $text-muted; }
        & > .log-view--cause { color: $text-warning; text-style: bold; }
        & > .log-view--thrown { color: $text-error; text-style: bold underline; }
        & > .log-view--rule { color: $text-warning; }
        & > .log-view--gap { color: $text-muted; }
        & > .log-view--bookmark { color: $text-accent; text-style: bold; }

        & > .log-view--level-none { color: $text-muted; }
        & > .log-view--level-debug { color: $text-muted; }
        & > .log-view--level-info { color: $text-success; }
        & > .log-view--level-warn { color: $text-warning; text-style: bold; }
        & > .log-view--level-error { background: $error; color: $background; text-style: bold; }
        & > .log-view--level-fatal {
            background: $error; color: $background; text-style: bold underline;
        }
        & > .log-view--text-none { color: $foreground; }
        & > .log-view--text-debug { color: $text-muted; }
        & > .log-view--text-info { color: $foreground; }
        & > .log-view--text-warn { color: $text-warning; }
        & > .log-view--text-error { color: $text-error; }
        & > .log-view--text-fatal { color: $text-error; text-style: bold; }
        & > .log-view--instance-1 { color: $text-primary; text-style: bold; }
        & > .log-view--instance-2 { color: $text-accent; text-style: bold; }
        & > .log-view--instance-3 { color: $text-success; text-style: bold; }
        & > .log-view--instance-4 { color: $text-secondary; text-style: bold; }
        & > .log-view--instance-5 { color: $text-warning; text-style: bold; }
        & > .log-view--instance-6 { color: $text-muted; text-style: bold; }

        &:ansi {
            & > .log-view--time { text-style: dim; }
            & > .log-view--kind { text-style: dim; }
            & > .log-view--logger { text-style: dim; }
            & > .log-view--frame-library { text-style: dim; }
            & > .log-view--gap { text-style: dim; }
            & > .log-view--search { color: ansi_black; }
            & > .log-view--level-error { color: ansi_bright_white; }
            & > .log-view--level-fatal { color: ansi_bright_white; }
        }
    }
"""
"""How they look."""
