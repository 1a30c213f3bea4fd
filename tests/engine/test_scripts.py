"""Whatever happens: nothing lost, nothing twice, in order, promptly, and within the budget."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings

from tests.engine.scripts import Script, play, scripts

EXAMPLES = int(os.environ.get("MQTAIL_EXAMPLES", "12"))
"""How many scripts are played. More than in the usual run: other ones each time."""


@settings(
    max_examples=EXAMPLES,
    derandomize="MQTAIL_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(scripts(most=3))
def test_whatever_happens(script: Script) -> None:
    """All promises hold, see `tests.engine.promises`."""
    play(script)
