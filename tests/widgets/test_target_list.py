"""The list of brokers and clusters to choose from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len
from textual.app import App, ComposeResult

from mqtail.inventory import ListedLog, ListedTarget, LogState
from widgets.targets.columns import Columns
from widgets.targets.list import TargetList
from widgets.targets.rows import Match, engine, instances, logs, matches, newest, state

NOW = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


def log(
    kind: str = "general",
    destination: str = "cloudwatch",
    *,
    seconds: int | None = None,
    found: LogState = LogState.UNKNOWN,
) -> ListedLog:
    """A log whose newest event is so old."""
    if seconds is None:
        return ListedLog(kind, destination, f"/{kind}", state=found)
    moment = NOW - timedelta(seconds=seconds)
    return ListedLog(kind, destination, f"/{kind}", moment, "", LogState.FOUND)


def broker(name: str, *its: ListedLog, id: str = "", known: bool = True) -> ListedTarget:
    """An ActiveMQ broker that is running."""
    return ListedTarget(
        name, id or f"b-{name}", "mq", "ACTIVEMQ", "5.18", "RUNNING", "ACTIVE_STANDBY_MULTI_AZ",
        its, "", (), (), known,
    )  # fmt: skip


def cluster(name: str, *its: ListedLog, engine: str = "PROVISIONED") -> ListedTarget:
    """A Kafka cluster that is active."""
    id = f"arn:aws:kafka:us-east-1:111122223333:cluster/{name}/1"
    return ListedTarget(
        name, id, "msk", engine, "3.9.x.kraft", "ACTIVE", "3 brokers", its, "", (), ()
    )


class ListApp(App[None]):
    """Shows the list alone."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen = 0

    def compose(self) -> ComposeResult:
        """The list."""
        yield TargetList()

    def on_target_list_chosen(self) -> None:
        """Count the double clicks."""
        self.chosen += 1

    @property
    def targets(self) -> TargetList:
        """The list."""
        return self.query_one(TargetList)

    def rows(self) -> list[str]:
        """What is painted, without the heads."""
        height = self.targets.size.height
        return [self.targets.render_line(y).text.rstrip() for y in range(1, height)]


def names(found: list[Match]) -> list[str]:
    """The names of what was found."""
    return [match.target.name for match in found]


TARGETS = (
    broker("orders"),
    broker("prod-orders", id="b-77"),
    broker("billing"),
    cluster("clicks"),
    cluster("audit", engine="SERVERLESS"),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["orders", "prod-orders", "billing", "clicks", "audit"]),
        ("ORDERS", ["orders", "prod-orders"]),
        ("ord", ["orders", "prod-orders"]),
        ("b-77", ["prod-orders"]),
        ("kafka", ["clicks", "audit"]),
        ("activemq", ["orders", "prod-orders", "billing"]),
        ("clk", ["clicks"]),
        ("cluster/audit", ["audit"]),
        ("ders", ["orders", "prod-orders"]),
        ("pdo", ["prod-orders"]),
        ("prod-*", []),
        ("/aws/msk/clicks", []),
    ],
    ids=["none", "case", "part", "id", "engine", "mq", "apart", "arn", "inside", "gaps", "pattern",
         "log group"],
)  # fmt: skip
def test_what_a_query_fits(query: str, expected: list[str]) -> None:
    """A part of the name, engine or id, or characters of the name in this order."""
    assert names(matches(TARGETS, query)) == expected


def test_the_best_match_comes_first() -> None:
    """The beginning of a name, then the inside, then scattered characters."""
    targets = [broker("m-s-k"), broker("my-msk"), broker("msk-my")]
    assert names(matches(targets, "msk")) == ["msk-my", "my-msk", "m-s-k"]


@given(st.text(max_size=12), st.text(max_size=4))
def test_what_was_found_is_what_is_highlighted(name: str, query: str) -> None:
    """Whatever the characters are, the places lie within the name or nothing is marked."""
    for match in matches([broker(name)], query):
        found = [name.lower()[place] for place in match.in_name]
        assert not match.in_name or "".join(found) == query.strip().lower()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (broker("a", log(seconds=90), log("audit", seconds=3)), "3s"),
        (broker("a", log(), known=False), "…"),
        (broker("a", log(), log("audit", found=LogState.SILENT)), "…"),
        (broker("a", log(found=LogState.MISSING), log("audit", seconds=7200)), "2h"),
        (broker("a", log(found=LogState.SILENT), log(found=LogState.MISSING)), "no log group"),
        (broker("a", log(found=LogState.DENIED)), "not permitted"),
        (broker("a", log(found=LogState.SILENT)), "none in 1d"),
        (broker("a"), "logging off"),
        (replace(broker("a"), waiting=("general",)), "needs reboot"),
        (replace(broker("a"), problem="Not permitted."), "no access"),
        (cluster("a", engine="SERVERLESS"), "no logs"),
    ],
    ids=["newest", "unknown", "waiting", "old", "missing", "denied", "silent", "off", "reboot",
         "problem", "serverless"],
)  # fmt: skip
def test_the_age_of_the_newest_event_or_why_there_is_none(
    target: ListedTarget, expected: str
) -> None:
    """The newest of all logs; a word where there is none."""
    assert newest(target, NOW)[0] == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (broker("a", log(seconds=3), log("audit")), "general 3s  audit … → cloudwatch"),
        (
            cluster("a", log("broker", seconds=2), log("broker", "s3", seconds=240)),
            "broker → cloudwatch 2s  s3 4m",
        ),
        (
            cluster("a", log("broker", "s3", found=LogState.MISSING), log("broker", "firehose")),
            "broker → s3 missing  firehose …",
        ),
        (replace(broker("a", log(seconds=3)), off=("audit",)),
         "general 3s → cloudwatch  audit off"),
        (replace(broker("a"), off=("general",), waiting=("audit",)),
         "general off  audit after a reboot"),
        (broker("a"), "none"),
        (broker("a", known=False), "…"),
        (replace(cluster("a"), silence="not delivered"), "not delivered"),
        (replace(broker("a"), problem="Not permitted."), "Not permitted."),
    ],
    ids=["one place", "places", "missing", "off", "waiting", "none", "unknown", "silence",
         "problem"],
)  # fmt: skip
def test_where_the_logs_are(target: ListedTarget, expected: str) -> None:
    """Each kind, each destination, and the age of the newest event there."""
    assert "".join(text for text, _ in logs(target, NOW)) == expected


def test_facts_in_words() -> None:
    """Engine with version, instances, state."""
    assert engine(broker("a")) == "ActiveMQ 5.18"
    assert engine(cluster("a")) == "Kafka 3.9.x"
    assert engine(cluster("a", engine="EXPRESS")) == "Kafka 3.9.x express"
    assert instances(broker("a")) == ("2", "2 active/standby")
    assert instances(cluster("a")) == ("3", "3 brokers")
    assert instances(replace(broker("a"), deployment="")) == ("", "")
    assert state(broker("a")) == ("●", "running", "good")
    assert state(replace(broker("a"), state="REBOOT_IN_PROGRESS")) == ("◌", "rebooting", "busy")
    assert state(replace(broker("a"), state="CREATION_FAILED")) == ("✖", "creation failed", "bad")


@given(st.integers(40, 220), st.text(max_size=60), st.integers(0, 5))
def test_a_row_is_as_wide_as_the_list(width: int, name: str, found: int) -> None:
    """Whatever the names are, nothing is beyond the edge, and columns stand under their heads."""
    target = broker(name, log(seconds=3), log("audit"))
    match = Match(target, in_name=tuple(range(min(found, len(name)))))
    columns = Columns.fitting([match, Match(cluster("clicks"))], width)
    heads = sum(cell_len(text) for text, _ in columns.heads()[:-1])
    cells = sum(cell_len(text) for text, _ in columns.cells(match, NOW)[:-1])
    assert cells + 5 == heads
    assert heads + columns.newest <= width


async def test_control_characters_and_markup_are_shown_as_they_are() -> None:
    """A name can neither colour the screen nor break the row."""
    app = ListApp()
    async with app.run_test(size=(80, 10)):
        app.targets.show((broker("[bold]\x1b[31m\nx"),), "")
        assert "[bold]␛[31m␊x" in app.rows()[0]
        app.targets.show((broker("a"),), "\x1b[31m")
        assert "␛[31m" in app.rows()[0]


async def test_the_cursor_stays_on_its_target() -> None:
    """While others come; until it is moved it is on the first."""
    app = ListApp()
    async with app.run_test(size=(80, 10)):
        app.targets.show(TARGETS[2:], "")
        app.targets.show(TARGETS[1:], "")
        assert app.targets.cursor is TARGETS[1]
        app.targets.move(1)
        app.targets.show(TARGETS, "")
        assert app.targets.cursor is TARGETS[2]
        app.targets.show(TARGETS[:2], "")
        assert app.targets.cursor is TARGETS[1]
        app.targets.show((), "")
        assert app.targets.cursor is None


async def test_marks_outlive_queries_and_refreshes() -> None:
    """Also of targets that the query does not fit; those that are gone do not count."""
    app = ListApp()
    async with app.run_test(size=(80, 10)):
        app.targets.show(TARGETS, "")
        app.targets.toggle_mark()
        app.targets.show(TARGETS, "kafka")
        app.targets.toggle_all()
        assert app.targets.marked == {"b-orders", TARGETS[3].id, TARGETS[4].id}
        app.targets.toggle_all()
        assert app.targets.marked == {"b-orders"}
        app.targets.show(TARGETS[1:], "")
        assert app.targets.marked == set()
        app.targets.show(TARGETS, "")
        assert app.targets.marked == {"b-orders"}
        assert "[x] orders" in app.rows()[0]
        app.targets.clear_marks()
        assert app.targets.marked == set()


async def test_only_what_is_in_view_is_painted_and_told() -> None:
    """With 300 brokers: pages, ends, and the ids that are looked up first."""
    app = ListApp()
    targets = tuple(broker(f"broker-{number:03}") for number in range(300))
    async with app.run_test(size=(80, 21)) as pilot:
        app.targets.show(targets, "")
        await pilot.pause()
        assert app.targets.in_view == tuple(target.id for target in targets[:20])
        app.targets.move_page(1)
        assert app.targets.cursor is targets[19]
        app.targets.move_to_end(first=False)
        await pilot.pause()
        assert app.targets.cursor is targets[299]
        assert app.targets.in_view == tuple(target.id for target in targets[280:])
        assert "broker-299" in app.rows()[-1]
        app.targets.move_to_end(first=True)
        await pilot.pause()
        assert "broker-000" in app.rows()[0]


async def test_the_mouse_moves_marks_and_chooses() -> None:
    """A click, a click into the box, two clicks; heads and empty space do nothing."""
    app = ListApp()
    async with app.run_test(size=(80, 12)) as pilot:
        app.targets.show(TARGETS, "")
        await pilot.click(TargetList, offset=(20, 3))
        assert app.targets.cursor is TARGETS[2]
        assert app.targets.marked == set()
        await pilot.click(TargetList, offset=(2, 2))
        assert app.targets.marked == {"b-77"}
        await pilot.click(TargetList, offset=(20, 0))
        await pilot.click(TargetList, offset=(20, 9))
        assert app.targets.cursor is TARGETS[1]
        assert app.chosen == 0
        await pilot.click(TargetList, offset=(20, 1), times=2)
        assert app.targets.cursor is TARGETS[0]
        assert app.chosen == 1


async def test_what_fits_nothing_can_be_taken_as_it_is() -> None:
    """The text is the one row then."""
    app = ListApp()
    async with app.run_test(size=(80, 8)):
        app.targets.show(TARGETS, " /app/a ")
        assert app.targets.typed == "/app/a"
        assert app.rows()[0].endswith("tail /app/a as it is")
        app.targets.show(TARGETS, "orders")
        assert app.targets.typed == ""


async def test_a_placeholder_stands_below_the_rows() -> None:
    """Where there is little to choose, it says why."""
    app = ListApp()
    async with app.run_test(size=(60, 12)):
        app.targets.show(TARGETS[:1], "")
        app.targets.placeholder = ("Nothing there", "look elsewhere")
        rows = app.rows()
        assert "orders" in rows[0]
        assert [row.strip() for row in rows[1:] if row] == ["Nothing there", "look elsewhere"]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_the_cursor_and_marks_are_seen_without_colour(theme: str) -> None:
    """By characters, in every theme."""
    app = ListApp()
    async with app.run_test(size=(60, 8)):
        app.theme = theme
        app.targets.show(TARGETS, "")
        app.targets.toggle_mark()
        assert app.rows()[0].startswith(" [x] orders")
        assert app.rows()[1].startswith("▌[ ] prod-orders")
