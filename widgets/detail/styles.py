"""How the detail of an event looks."""

DETAIL_CSS = """
    EventDetail {
        background: $background;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;

        & > .event-detail--head { text-style: bold; }
        & > .event-detail--warn { color: $text-warning; text-style: bold; }
        & > .event-detail--error { color: $text-error; text-style: bold; }
        & > .event-detail--late { color: $text-warning; text-style: italic; }
        & > .event-detail--heading { color: $text-primary; text-style: bold; }
        & > .event-detail--remark { color: $text-muted; }
        & > .event-detail--mark { color: $text-primary; }
        & > .event-detail--text { color: $foreground; }
        & > .event-detail--first { color: $foreground; text-style: bold; }
        & > .event-detail--code { color: $text-accent; text-style: bold; }
        & > .event-detail--url { color: $text-primary; text-style: underline; }
        & > .event-detail--name { color: $text-primary; }
        & > .event-detail--string { color: $text-success; }
        & > .event-detail--number { color: $text-accent; }
        & > .event-detail--word { color: $text-warning; }
        & > .event-detail--further { color: $foreground 85%; }
        & > .event-detail--frame { color: $foreground; }
        & > .event-detail--frame-library { color: $text-muted; }
        & > .event-detail--cause { color: $text-warning; text-style: bold; }
        & > .event-detail--thrown { color: $text-error; text-style: bold underline; }
        & > .event-detail--match {
            background: $warning; color: $background; text-style: bold;
        }
        & > .event-detail--cursor { background: $primary 25%; }
        & > .event-detail--cursor-away { background: $primary 15%; }
        & > .event-detail--selection { background: $primary 45%; }

        &:ansi {
            & > .event-detail--match { color: ansi_black; text-style: bold underline; }
            & > .event-detail--remark { text-style: dim; }
            & > .event-detail--frame-library { text-style: dim; }
            & > .event-detail--cursor { background: transparent; text-style: reverse; }
            & > .event-detail--cursor-away { background: transparent; text-style: underline; }
            & > .event-detail--selection {
                background: transparent; text-style: reverse underline;
            }
        }
    }
"""
"""The widget, and the styles of the parts of its rows."""
