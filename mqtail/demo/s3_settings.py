"""Settings of S3 buckets: encryption, policy and place, as requests spell them."""

from __future__ import annotations

from typing import Any, Literal
from xml.etree import ElementTree

from msgspec import Struct

from mqtail.demo.calls import ServiceError
from mqtail.policies import Document, PolicyError, Statement

Algorithm = Literal["AES256", "aws:kms", "aws:kms:dsse"]
_ALGORITHMS: dict[str, Algorithm] = {
    "AES256": "AES256",
    "aws:kms": "aws:kms",
    "aws:kms:dsse": "aws:kms:dsse",
}


class Encryption(Struct, frozen=True):
    """The default encryption of a bucket: SSE-S3 unless told otherwise."""

    algorithm: Algorithm = "AES256"
    kms_key: str = ""
    """Id, ARN or alias of the key; empty with KMS: the key that AWS manages for S3."""
    bucket_key: bool = False
    """S3 Bucket Keys are on."""

    def told(self) -> dict[str, Any]:
        """The members of GetBucketEncryption."""
        by_default: dict[str, Any] = {"SSEAlgorithm": self.algorithm}
        if self.kms_key:
            by_default["KMSMasterKeyID"] = self.kms_key
        rule = {
            "ApplyServerSideEncryptionByDefault": by_default,
            "BucketKeyEnabled": self.bucket_key,
        }
        return {"Rule": [rule]}


SSE_S3 = Encryption()
"""What a bucket has unless told otherwise."""


def read_encryption(body: str) -> Encryption:
    """The encryption that the body of PutBucketEncryption sets.

    Raises:
        ServiceError: MalformedXML.
    """
    root = _xml(body)
    rule = root.find("{*}Rule")
    default = None if rule is None else rule.find("{*}ApplyServerSideEncryptionByDefault")
    if rule is None or default is None:
        raise _malformed_xml()
    algorithm = _ALGORITHMS.get(default.findtext("{*}SSEAlgorithm", ""))
    if algorithm is None:
        raise _malformed_xml()
    bucket_key = rule.findtext("{*}BucketKeyEnabled", "false").lower() == "true"
    return Encryption(algorithm, default.findtext("{*}KMSMasterKeyID", ""), bucket_key)


def read_location(body: str) -> str:
    """The region that the body of CreateBucket names; empty: none.

    Raises:
        ServiceError: MalformedXML.
    """
    return _xml(body).findtext("{*}LocationConstraint", "") if body.strip() else ""


def check_policy(text: str, bucket: str) -> None:
    """Check a bucket policy as PutBucketPolicy does.

    Raises:
        ServiceError: MalformedPolicy, where it is none or speaks of other things than the bucket.
    """
    try:
        statements = Document.parse(text).statements
    except PolicyError as error:
        raise _malformed_policy(str(error)) from None
    for statement in statements:
        elements = statement.plain.keys()
        if not elements & {"Principal", "NotPrincipal"}:
            raise _malformed_policy("Missing required field Principal")
        if not elements & {"Resource", "NotResource"}:
            raise _malformed_policy("Missing required field Resource")
        if not all(_is_of_s3(action) for action in _actions(statement)):
            raise _malformed_policy("Policy has invalid action")
        if not all(_is_in(resource, bucket) for resource in _resources(statement)):
            raise _malformed_policy("Policy has invalid resource")


def _is_of_s3(action: str) -> bool:
    return action == "*" or action.lower().startswith("s3:")


def _actions(statement: Statement) -> list[str]:
    return [*(statement.actions or ()), *(statement.not_actions or ())]


def _resources(statement: Statement) -> list[str]:
    return [*(statement.resources or ()), *(statement.not_resources or ())]


def _is_in(resource: str, bucket: str) -> bool:
    """Whether a resource is the bucket or lies in it; the partition is not looked at."""
    parts = resource.split(":", 5)
    named = parts[-1].partition("/")[0]
    return len(parts) == 6 and parts[2] == "s3" and named in (bucket, "*")


def _xml(body: str) -> ElementTree.Element:
    # No request has a document type; with one, entities could be made to grow.
    if "<!" in body:
        raise _malformed_xml()
    try:
        return ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise _malformed_xml() from None


def _malformed_xml() -> ServiceError:
    text = (
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
    return ServiceError("MalformedXML", text)


def _malformed_policy(message: str) -> ServiceError:
    return ServiceError("MalformedPolicy", message)
