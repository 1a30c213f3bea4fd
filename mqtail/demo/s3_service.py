"""S3 in memory: listing buckets, reading objects, and settings, with path-style addresses.

Objects come from tests and stories; clients read them, and set buckets up. Every call is checked
against the bucket's region, as S3 does: one for another region is redirected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import md5
from typing import Any

import msgspec

from mqtail.demo.calls import (
    Call,
    Payload,
    Permission,
    ServiceError,
    access_denied,
    unknown_operation,
)
from mqtail.demo.paging import Place, Tokens
from mqtail.demo.s3_buckets import Bucket, Listed, S3Object
from mqtail.demo.s3_objects import byte_range, contents, object_headers, quoted
from mqtail.demo.s3_settings import (
    SSE_S3,
    Encryption,
    check_policy,
    read_encryption,
    read_location,
)
from mqtail.demo.service import Service
from mqtail.demo.wire import RestXmlWire, Route

MAX_KEYS = 1000
"""A page of a listing holds at most so many lines (API reference of ListObjectsV2)."""

_ACTIONS = {
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "PutBucketEncryption": "s3:PutEncryptionConfiguration",
}


class S3Service(Service):
    """Buckets of one account.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id, for ARNs.
        region: the region of buckets that are made without one.

    Attributes:
        tokens: its page tokens, whose life can be shortened.
    """

    wire = RestXmlWire(
        (
            Route("GET", "/{Bucket}", "ListObjectsV2", "list-type"),
            Route("GET", "/{Bucket}", "GetBucketLocation", "location"),
            Route("GET", "/{Bucket}", "GetBucketPolicy", "policy"),
            Route("PUT", "/{Bucket}", "PutBucketPolicy", "policy"),
            Route("DELETE", "/{Bucket}", "DeleteBucketPolicy", "policy"),
            Route("GET", "/{Bucket}", "GetBucketEncryption", "encryption"),
            Route("PUT", "/{Bucket}", "PutBucketEncryption", "encryption"),
            Route("PUT", "/{Bucket}", "CreateBucket"),
            Route("HEAD", "/{Bucket}", "HeadBucket"),
            Route("GET", "/{Bucket}/{Key+}", "GetObject"),
            Route("HEAD", "/{Bucket}/{Key+}", "HeadObject"),
        ),
        namespace="http://s3.amazonaws.com/doc/2006-03-01/",
        roots={
            "ListObjectsV2": "ListBucketResult",
            "GetBucketLocation": "LocationConstraint",
            "GetBucketEncryption": "ServerSideEncryptionConfiguration",
        },
        headers=("Range", "If-Match"),
    )

    def __init__(self, clock: Callable[[], int], account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self._buckets: dict[str, Bucket] = {}
        self.tokens = Tokens(_invalid_argument)
        in_bucket: dict[str, Callable[[Call, Bucket], Any]] = {
            "ListObjectsV2": self._list_objects,
            "GetBucketLocation": self._location,
            "HeadBucket": self._head_bucket,
            "GetObject": self._get_object,
            "HeadObject": self._get_object,
            "GetBucketPolicy": self._get_policy,
            "PutBucketPolicy": self._put_policy,
            "DeleteBucketPolicy": self._delete_policy,
            "GetBucketEncryption": self._get_encryption,
            "PutBucketEncryption": self._put_encryption,
        }
        self._operations = {
            name: self._in_bucket(operation) for name, operation in in_bucket.items()
        } | {"CreateBucket": self._create_bucket}

    # For tests and stories.

    def create_bucket(
        self,
        name: str,
        region: str | None = None,
        *,
        expire_days: int | None = None,
        foreign: bool = False,
        encryption: Encryption | None = SSE_S3,
        policy: Mapping[str, Any] | None = None,
    ) -> Bucket:
        """Make a bucket; the one of this name where there is one already.

        Args:
            name: its name.
            region: where it is.
            expire_days: objects older than this are removed; None: never.
            foreign: it belongs to another account, and nobody here may reach it.
            encryption: its default encryption; None: it has none.
            policy: its bucket policy; None: it has none.
        """
        if name not in self._buckets:
            self._buckets[name] = Bucket(
                name,
                region or self.region,
                expire_days,
                foreign=foreign,
                encryption=encryption,
                policy=None if policy is None else msgspec.json.encode(policy).decode(),
            )
        return self._buckets[name]

    def bucket(self, name: str) -> Bucket | None:
        """The bucket of a name."""
        return self._buckets.get(name)

    def put_object(
        self,
        bucket: str,
        key: str,
        body: bytes,
        *,
        modified: int | None = None,
        kms_key: str = "",
        visible: int | None = None,
    ) -> S3Object:
        """Put an object into a bucket, which is made if it is not there. Times in ms.

        One that has its key is replaced when the new one becomes visible.

        Args:
            bucket: name of the bucket.
            key: the object's key.
            body: its bytes, which are not copied.
            modified: its LastModified; None: when it becomes visible.
            kms_key: ARN of the key that it is encrypted with; empty: SSE-S3.
            visible: it is neither listed nor read before; None: it is at once.
        """
        visible = self.clock() if visible is None else visible
        # The ETag of an object under SSE-KMS is no MD5 of its bytes (API reference of Object).
        salt = kms_key.encode() + str(visible).encode() if kms_key else b""
        digest = md5(body, usedforsecurity=False)
        digest.update(salt)
        modified = visible if modified is None else modified
        stored = S3Object(key, body, digest.hexdigest(), modified, kms_key, visible)
        self.create_bucket(bucket).put(stored)
        return stored

    def delete_object(self, bucket: str, key: str) -> None:
        """Remove an object; nothing happens if it is not there."""
        self.create_bucket(bucket).delete(key)

    def objects(self, bucket: str, prefix: str = "") -> list[S3Object]:
        """The objects of a bucket that a reader can see now, in the order of their keys."""
        found = self.create_bucket(bucket)
        now = self.clock()
        found.expire(now)
        return [line.object for line in found.list(prefix, "", "", now) if line.object]

    def deny_object(self, bucket: str, key: str) -> None:
        """Let nobody read an object any more: AccessDenied."""
        self.create_bucket(bucket).denied.add(key)

    def deny_kms(self, bucket: str, key: str) -> None:
        """Let nobody use the KMS key of an object any more: AccessDenied for kms:Decrypt."""
        self.create_bucket(bucket).denied_kms.add(key)

    def allow_object(self, bucket: str, key: str) -> None:
        """End both denials of an object."""
        self.create_bucket(bucket).denied.discard(key)
        self.create_bucket(bucket).denied_kms.discard(key)

    # For clients.

    def permission(self, call: Call) -> Permission:
        """The object or the bucket."""
        parts = (call.parameters.get("Bucket", "*"), call.parameters.get("Key", ""))
        action = _ACTIONS.get(call.operation, f"s3:{call.operation}")
        return Permission(action, "arn:aws:s3:::" + "/".join(filter(None, parts)))

    def _in_bucket(self, operation: Callable[[Call, Bucket], Any]) -> Callable[[Call], Any]:
        return lambda call: operation(call, self._bucket(call))

    def _bucket(self, call: Call) -> Bucket:
        """The bucket that is named, where the call may reach it."""
        bucket = self._buckets.get(call.parameters["Bucket"])
        if bucket is None:
            details = {"BucketName": call.parameters["Bucket"]}
            text = "The specified bucket does not exist"
            raise ServiceError("NoSuchBucket", text, 404, details=details)
        if bucket.region != call.region and call.operation != "GetBucketLocation":
            raise _redirect(bucket)
        if bucket.foreign:
            raise ServiceError("AccessDeniedException", "Access Denied", 403)
        bucket.expire(call.time)
        return bucket

    def _location(self, call: Call, bucket: Bucket) -> str:
        # A bucket in us-east-1 has none (API reference of GetBucketLocation).
        return "" if bucket.region == "us-east-1" else bucket.region

    def _head_bucket(self, call: Call, bucket: Bucket) -> Payload:
        return Payload(b"", {"x-amz-bucket-region": bucket.region})

    def _create_bucket(self, call: Call) -> Payload:
        name = call.parameters["Bucket"]
        if call.parameters.keys() - {"Bucket", "Body"}:
            # Some other setting of a bucket: `PUT /name?versioning`.
            raise unknown_operation(f"PUT /{name}")
        location = read_location(call.parameters.get("Body", ""))
        if call.region not in (location, "us-east-1"):
            text = (
                f"The {location or 'unspecified'} location constraint is incompatible for the"
                " region specific endpoint this request was sent to."
            )
            raise ServiceError("IllegalLocationConstraintException", text)
        there = self.bucket(name)
        if there is not None:
            code = "BucketAlreadyExists" if there.foreign else "BucketAlreadyOwnedByYou"
            text = "The requested bucket name is not available."
            raise ServiceError(code, text, 409, details={"BucketName": name})
        self.create_bucket(name, location or call.region)
        return Payload(b"", {"Location": f"/{name}"})

    def _get_policy(self, call: Call, bucket: Bucket) -> Payload:
        if bucket.policy is None:
            raise _nothing_set("NoSuchBucketPolicy", "The bucket policy does not exist", bucket)
        return Payload(bucket.policy.encode(), {"Content-Type": "application/json"})

    def _put_policy(self, call: Call, bucket: Bucket) -> Payload:
        text = call.parameters.get("Body", "")
        check_policy(text, bucket.name)
        bucket.policy = text
        return Payload(b"", status=204)

    def _delete_policy(self, call: Call, bucket: Bucket) -> Payload:
        bucket.policy = None
        return Payload(b"", status=204)

    def _get_encryption(self, call: Call, bucket: Bucket) -> dict[str, Any]:
        if bucket.encryption is None:
            code = "ServerSideEncryptionConfigurationNotFoundError"
            text = "The server side encryption configuration was not found"
            raise _nothing_set(code, text, bucket)
        return bucket.encryption.told()

    def _put_encryption(self, call: Call, bucket: Bucket) -> Payload:
        bucket.encryption = read_encryption(call.parameters.get("Body", ""))
        return Payload(b"")

    def _list_objects(self, call: Call, bucket: Bucket) -> dict[str, Any]:
        parameters = call.parameters
        prefix, delimiter = parameters.get("prefix", ""), parameters.get("delimiter", "")
        start_after, token = parameters.get("start-after", ""), parameters.get("continuation-token")
        wanted = parameters.get("max-keys", str(MAX_KEYS))
        if not wanted.isdecimal() or len(wanted) > 9:
            raise _invalid_argument("Provided max-keys not an integer or within integer range")
        limit = min(int(wanted), MAX_KEYS)
        bound = ("list", bucket.name, prefix, delimiter)
        # What S3 starts after does not count any more once there is a token.
        after = self.tokens.read(token, bound, call.time).name if token else start_after + "\0"
        lines = bucket.list(prefix, delimiter, after if token or start_after else "", call.as_of)
        page: list[Listed] = []
        more = False
        for line in lines:
            if len(page) == limit:
                more = limit > 0
                break
            page.append(line)
        encoded = parameters.get("encoding-type") == "url"
        write = quoted if encoded else str
        told: dict[str, Any] = {
            "Name": bucket.name,
            "Prefix": write(prefix),
            "KeyCount": len(page),
            "MaxKeys": limit,
            "IsTruncated": more,
            "Contents": [contents(line.object, write) for line in page if line.object],
            "CommonPrefixes": [{"Prefix": write(line.name)} for line in page if not line.object],
        }
        if delimiter:
            told["Delimiter"] = write(delimiter)
        if encoded:
            told["EncodingType"] = "url"
        if start_after:
            told["StartAfter"] = write(start_after)
        if token:
            told["ContinuationToken"] = token
        if more:
            place = Place(name=page[-1].after)
            told["NextContinuationToken"] = self.tokens.make(bound, place, call.time)
        return told

    def _get_object(self, call: Call, bucket: Bucket) -> Payload:
        """The object or a range of it; the bytes are a view of what is stored."""
        key = call.parameters["Key"]
        found = bucket.get(key, call.time)
        if found is None:
            text = "The specified key does not exist."
            raise ServiceError("NoSuchKey", text, 404, details={"Key": key})
        self._check_access(call, bucket, found)
        condition = call.parameters.get("If-Match", "*").strip('"')
        if condition not in ("*", found.etag):
            text = "At least one of the pre-conditions you specified did not hold"
            raise ServiceError("PreconditionFailed", text, 412, details={"Condition": "If-Match"})
        headers = object_headers(found)
        view, size = memoryview(found.body), len(found.body)
        part = byte_range(call.parameters.get("Range", ""), size)
        if part is None:
            return Payload(view, headers)
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        return Payload(view[part.start : part.stop], headers, 206)

    def _check_access(self, call: Call, bucket: Bucket, found: S3Object) -> None:
        if found.key in bucket.denied:
            raise access_denied(call.caller, self.permission(call))
        if found.key in bucket.denied_kms:
            # The KMS key of the denial; what stands in for an object that names none is made up.
            stand_in = f"arn:aws:kms:{bucket.region}:{self.account}:key/"
            key = found.kms_key or f"{stand_in}0d330000-0000-4000-8000-0000000000a1"
            raise access_denied(call.caller, Permission("kms:Decrypt", key))


def _redirect(bucket: Bucket) -> ServiceError:
    return ServiceError(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint."
        " Please send all future requests to this endpoint.",
        301,
        details={"Bucket": bucket.name},
        headers={"x-amz-bucket-region": bucket.region},
    )


def _nothing_set(code: str, message: str, bucket: Bucket) -> ServiceError:
    return ServiceError(code, message, 404, details={"BucketName": bucket.name})


def _invalid_argument(message: str) -> ServiceError:
    return ServiceError("InvalidArgument", message)
