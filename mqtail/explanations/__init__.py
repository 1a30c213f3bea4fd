"""Explanations of well-known log lines: what they mean, what to look at next, and the page."""

from mqtail.explanations.base import Explanation, KnownLine
from mqtail.explanations.registry import KNOWN_LINES, explain

__all__ = ["KNOWN_LINES", "Explanation", "KnownLine", "explain"]
