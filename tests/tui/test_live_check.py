"""The setup check over the embedded AWS, as a user comes to it."""

from __future__ import annotations

from mqtail.demo.faults import ExpiredCredentials
from mqtail.demo.server import EmbeddedAws
from tests.engine.support import GROUP, STREAM, ago, line
from tests.tui.support import make_app, until
from tui.app import MqtailApp
from tui.screens.check import CheckScreen
from widgets.checks.list import CheckList
from widgets.log.view import LogView
from widgets.status_line import StatusLine


def rows(app: MqtailApp) -> list[str]:
    """The rows of the checks, without ids."""
    checks = app.screen.query_one(CheckList)
    texts = [checks.render_line(y).text for y in range(checks.size.height)]
    return [" ".join(text.replace("▌", " ").rsplit("  ", 1)[0].split()) for text in texts]


def is_checked(app: MqtailApp) -> bool:
    """Whether the pane is open and its run has ended."""
    if not isinstance(app.screen, CheckScreen) or not app.screen.query(StatusLine):
        return False
    text = app.screen.query_one(StatusLine).render_line(0).text
    return "checked" in text or "stopped" in text


async def test_a_broker_without_log_groups_opens_it(aws: EmbeddedAws) -> None:
    """The failure is on top; mended, it passes when it is checked again."""
    aws.iam.add_user("dev", {})
    creator = f"arn:aws:iam::{aws.account}:user/dev"
    broker = aws.mq.add_broker("orders-mq", audit=False, creator=creator)
    app = make_app(aws, "orders-mq")
    async with app.run_test(size=(120, 35), notifications=True) as pilot:
        await until(pilot, lambda: is_checked(app))
        assert "× The log groups exist" in rows(app)
        notices = " ".join(str(toast.render()) for toast in app.screen.query("Toast")).split()
        assert "orders-mq has no logs: this is the setup check (esc" in " ".join(notices)
        group = f"{broker.log_group_prefix}general"
        aws.logs.put(group, f"activemq-{broker.id}-1.log", [line("first", ago(5))])
        await pilot.press("r")
        await until(pilot, lambda: is_checked(app) and "√ The log groups exist" in rows(app))
        await pilot.press("escape")
        await pilot.pause()
        await until(pilot, lambda: len(app.screen.query_one(LogView).view) == 1)


async def test_a_broker_whose_logging_is_off_opens_it(aws: EmbeddedAws) -> None:
    """Nothing is read of it at all."""
    aws.mq.add_broker("orders-mq", general=False, audit=False)
    app = make_app(aws, "orders-mq")
    async with app.run_test(size=(120, 35)) as pilot:
        await until(pilot, lambda: is_checked(app))
        assert "× General logging is on" in rows(app)


async def test_a_log_that_is_there_does_not_open_it(aws: EmbeddedAws) -> None:
    """The tail runs; `c` checks the target that it was begun with."""
    aws.logs.put(GROUP, STREAM, [line("before", ago(5))])
    app = make_app(aws, GROUP)
    async with app.run_test(size=(120, 35)) as pilot:
        log = app.screen.query_one(LogView)
        await until(pilot, lambda: len(log.view) == 1)
        assert not isinstance(app.screen, CheckScreen)
        await pilot.press("c")
        await until(pilot, lambda: is_checked(app))
        aws.logs.put(GROUP, STREAM, [line("while checking", ago(0))])
        await until(pilot, lambda: len(log.view) == 2)


async def test_expired_credentials_are_told_in_the_pane(aws: EmbeddedAws) -> None:
    """The application goes on, and so does the check when they are good again."""
    broker = aws.mq.add_broker("orders-mq", audit=False)
    stream = f"activemq-{broker.id}-1.log"
    aws.logs.put(f"{broker.log_group_prefix}general", stream, [line("first", ago(5))])
    app = make_app(aws, "orders-mq")
    async with app.run_test(size=(120, 35)) as pilot:
        await until(pilot, lambda: "LIVE" in app.screen.query_one(StatusLine).render_line(0).text)
        fault = aws.faults.add(ExpiredCredentials())
        await pilot.press("c")
        await until(pilot, lambda: is_checked(app))
        assert "expired" in str(app.screen.query_one(".check-pane--told Static").render()).lower()
        assert app.is_running
        fault.remove()
        await pilot.press("r")
        await until(pilot, lambda: is_checked(app) and "orders-mq" in " ".join(rows(app)))


async def test_everything_is_checked_without_a_target(story_aws: EmbeddedAws) -> None:
    """Each broker, and in the end the account."""
    app = make_app(story_aws, since=ago(3_700))
    async with app.run_test(size=(120, 200)) as pilot:
        await pilot.pause()
        if not isinstance(app.screen, CheckScreen):
            await pilot.press("c")
        await until(pilot, lambda: is_checked(app))
        shown = rows(app)
        assert {"orders-mq", "telemetry-mq"} <= set(" ".join(shown).split())
        assert not [row for row in shown if row.startswith("…")]


async def test_log_groups_without_log_streams_open_it(aws: EmbeddedAws) -> None:
    """For lack of a resource policy Amazon MQ writes nothing into them."""
    broker = aws.mq.add_broker("orders-mq", audit=False, delivers=True)
    assert aws.logs.group(f"{broker.log_group_prefix}general") is not None
    app = make_app(aws, "orders-mq")
    async with app.run_test(size=(120, 35)) as pilot:
        await until(pilot, lambda: is_checked(app))
        assert "× A resource policy lets Amazon MQ write" in rows(app)
