"""The checks of Amazon MSK clusters."""

from __future__ import annotations

from typing import Any

from mqtail.checks import msk_cloudwatch, msk_cluster, msk_firehose, msk_rights, msk_s3
from mqtail.checks.model import Check

CHECKS: tuple[Check[Any], ...] = (
    msk_cluster.cluster_runs,
    msk_cluster.broker_logging,
    *msk_cloudwatch.CHECKS,
    *msk_s3.CHECKS,
    *msk_firehose.CHECKS,
    *msk_rights.CHECKS,
    msk_cluster.iam_access,
)
"""In the order in which they are shown."""
