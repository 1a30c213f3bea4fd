"""The checks of Amazon MSK clusters."""

from __future__ import annotations

from typing import Any

from mqtail.checks.amazon_msk import cloudwatch, firehose, logging, rights, s3
from mqtail.checks.model import Check

CHECKS: tuple[Check[Any], ...] = (
    logging.cluster_runs,
    logging.broker_logging,
    *cloudwatch.CHECKS,
    *s3.CHECKS,
    *firehose.CHECKS,
    *rights.CHECKS,
    logging.iam_access,
)
"""In the order in which they are shown."""
