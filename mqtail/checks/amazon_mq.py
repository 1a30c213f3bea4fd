"""The checks of Amazon MQ brokers."""

from __future__ import annotations

from typing import Any

from mqtail.checks import mq_delivery, mq_logging, mq_permissions
from mqtail.checks.model import Check

CHECKS: tuple[Check[Any], ...] = (
    mq_logging.broker_runs,
    mq_logging.general_logging,
    mq_logging.audit_logging,
    mq_logging.logging_pending,
    mq_permissions.may_create_groups,
    mq_permissions.resource_policy,
    mq_permissions.service_linked_role,
    mq_delivery.groups_exist,
    mq_delivery.group_class,
    mq_delivery.group_key,
    mq_delivery.group_retention,
    mq_delivery.streams_exist,
    mq_delivery.events_flow,
)
"""In the order in which they are shown."""
