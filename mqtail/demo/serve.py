"""Runs the embedded AWS for other tools: prints what points them at it, until it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mqtail.demo.server import EmbeddedAws

DEMO_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "demo-access-key",
    "AWS_SECRET_ACCESS_KEY": "demo-secret-key",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Environment variables of any AWS tool, without the endpoint URL."""

_STORY_EXAMPLES = (
    "mqtail orders-mq",
    "mqtail clicks-msk",
    "mqtail check",
    "aws mq list-brokers",
    "aws s3 ls --recursive s3://clicks-msk-logs-111122223333/",
)
_EMPTY_EXAMPLES = (
    "aws logs create-log-group --log-group-name /app/a",
    "mqtail /app/a",
)


def environment(url: str) -> dict[str, str]:
    """The environment variables that point any AWS tool at an embedded AWS."""
    return {"AWS_ENDPOINT_URL": url} | DEMO_ENVIRONMENT


async def serve(port: int, story: bool, out: Callable[[str], None]) -> None:
    """Run the embedded AWS until cancelled.

    Args:
        port: where to listen on loopback; 0: a free port.
        story: tell the brokers' stories; without them it is empty.
        out: takes the lines to print.

    Raises:
        OSError: the port is taken.
    """
    aws = EmbeddedAws(story=story, wrong_setups=story)
    await aws.start(port=port)
    try:
        for name, value in environment(aws.url).items():
            out(f"export {name}={value}")
        examples = _STORY_EXAMPLES if story else _EMPTY_EXAMPLES
        for command in examples:
            out(f"# {command}")
        await asyncio.Event().wait()
    finally:
        await aws.stop()
