"""The checks of Amazon MQ brokers."""

from __future__ import annotations

from typing import Any

from mqtail.checks.amazon_mq import delivery, logging, permissions
from mqtail.checks.model import Check

CHECKS: tuple[Check[Any], ...] = (
    logging.broker_runs,
    # Permissions first: the reboots that follow would come too soon without them.
    permissions.may_create_groups,
    permissions.resource_policy,
    permissions.service_linked_role,
    logging.general_logging,
    logging.audit_logging,
    logging.logging_pending,
    delivery.groups_exist,
    delivery.group_class,
    delivery.group_key,
    delivery.group_retention,
    delivery.streams_exist,
    delivery.events_flow,
)
"""In the order in which they are shown."""
