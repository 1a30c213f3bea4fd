"""AWS policy documents (the IAM policy language): reading them, and deciding by them.

Pure: no AWS library, no I/O. Only the documents that are given take part; a decision about one
document says nothing of service control policies, permissions boundaries or other documents.
"""

from mqtail.policies.deciding import Decision, Effect, Miss, Unjudged, decide, misses
from mqtail.policies.documents import Condition, Document, PolicyError, PrincipalElement, Statement
from mqtail.policies.matching import ARN_PARTS, arn_difference, arn_part
from mqtail.policies.requests import ABSENT, Principal, Request

__all__ = [
    "ABSENT",
    "ARN_PARTS",
    "Condition",
    "Decision",
    "Document",
    "Effect",
    "Miss",
    "PolicyError",
    "Principal",
    "PrincipalElement",
    "Request",
    "Statement",
    "Unjudged",
    "arn_difference",
    "arn_part",
    "decide",
    "misses",
]
