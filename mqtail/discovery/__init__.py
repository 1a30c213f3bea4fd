"""From a name, id, ARN, shell pattern or log group to targets and their logs."""

from mqtail.discovery.discovery import Discovery, Named

__all__ = ["Discovery", "Named"]
