"""The application over the real engine and the embedded AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from mqtail.aws.signin import SignIn
from mqtail.checks.runner import Checkup
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.settings import Settings
from tests.engine.support import HURRIED
from tui.app import MqtailApp, Tailing

TURNS = 600
"""Turns of the application that something may take."""


def make_app(aws: EmbeddedAws, *targets: str, **changes: Any) -> MqtailApp:
    """The application on a tail of these targets."""
    settings = Settings(targets, output="tui", pace=HURRIED, max_requests=1000, **changes)
    identity = f"arn:aws:iam::{aws.account}:user/demo"
    sign_in = SignIn(aws.region, aws.account, identity, endpoint_url=aws.url)

    def checkup(changed: Callable[[], None]) -> Checkup:
        return Checkup(settings, sign_in, changed=changed)

    return MqtailApp(Tailing(Tail(settings, sign_in), settings, checkup))


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the application go on until something holds."""
    for _ in range(TURNS):
        if holds():
            return
        await pilot.pause(0.02)
    pytest.fail("It never came to hold.")
