"""Whether AWS could deliver a log: log groups, policies, buckets, keys and tags all in place."""

from __future__ import annotations

from mqtail.demo.firehose_service import DeliveryStream
from mqtail.demo.iam_service import IamService
from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.kms_service import KmsService
from mqtail.demo.logs_service import LogsService
from mqtail.demo.mq_service import Broker
from mqtail.demo.policy_decisions import allowed
from mqtail.demo.s3_buckets import Bucket
from mqtail.demo.s3_service import S3Service
from mqtail.policies import Document, PolicyError, Principal, Request

DELIVERY = "delivery.logs.amazonaws.com"
AMAZON_MQ = "mq.amazonaws.com"

KMS_ACTIONS = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:DescribeKey",
)
"""What log delivery does with the key of a bucket (MSK developer guide, SSE-KMS buckets)."""

Context = dict[str, str | tuple[str, ...]]


class DeliveryRights:
    """Says what Amazon MQ and log delivery may do in one account."""

    def __init__(self, logs: LogsService, iam: IamService, s3: S3Service, kms: KmsService) -> None:
        self._logs = logs
        self._iam = iam
        self._s3 = s3
        self._kms = kms

    # Amazon MQ.

    def may_create_group(self, broker: Broker, group: str) -> bool:
        """Whether the log group of a broker is made when it starts.

        For ActiveMQ with the rights of who starts it, for RabbitMQ with the service-linked role
        (Amazon MQ developer guide, configuring CloudWatch Logs; using service-linked roles).
        """
        if broker.engine == "RABBITMQ":
            return self._iam.service_linked_role(AMAZON_MQ) is not None
        arn = self._logs.group_arn(group, region=broker.region)
        return self._iam.allows(broker.started_by, "logs:CreateLogGroup", arn)

    def may_stream(self, broker: Broker, group: str, stream: str) -> bool:
        """Whether a broker's log comes into a stream of a log group."""
        if not self._is_writable(group, broker.region):
            return False
        if broker.engine == "RABBITMQ":
            return self._iam.service_linked_role(AMAZON_MQ) is not None
        account = broker.arn.split(":")[4]
        context: Context = {"aws:SourceAccount": account, "aws:SourceArn": broker.arn}
        return self._may_write(AMAZON_MQ, group, stream, broker.region, context)

    # Amazon MSK.

    def may_deliver_to_group(self, cluster: Cluster, group: str, stream: str) -> bool:
        """Whether a cluster's log comes into a stream of a log group."""
        if not self._is_writable(group, cluster.region):
            return False
        return self._may_write(DELIVERY, group, stream, cluster.region, _delivery(cluster))

    def may_deliver_to_bucket(self, cluster: Cluster, name: str, key: str) -> bool:
        """Whether a cluster's log comes into an object of a bucket."""
        bucket = self._s3.bucket(name)
        if bucket is None or bucket.foreign or bucket.region != cluster.region:
            return False
        context = _delivery(cluster) | {"s3:x-amz-acl": "bucket-owner-full-control"}
        documents = _documents([bucket.policy] if bucket.policy is not None else [])
        who = Principal.service(DELIVERY)
        arn = f"arn:aws:s3:::{name}"
        return (
            allowed(documents, Request("s3:GetBucketAcl", arn, who, _delivery(cluster)))
            and allowed(documents, Request("s3:PutObject", f"{arn}/{key}", who, context))
            and self._may_encrypt(bucket, cluster, f"{arn}/{key}")
        )

    def may_deliver_to_stream(self, stream: DeliveryStream) -> bool:
        """Whether log delivery writes into a delivery stream, and this into its bucket."""
        return (
            stream.status == "ACTIVE"
            and stream.tags.get("LogDeliveryEnabled") == "true"
            and self._iam.service_linked_role(DELIVERY) is not None
            and stream.s3 is not None
            and self._s3.bucket(stream.s3["bucket"]) is not None
        )

    def bucket_key(self, name: str) -> str:
        """ARN of the KMS key that a bucket's objects are encrypted with; empty: of none."""
        bucket = self._s3.bucket(name)
        if bucket is None or bucket.encryption is None:
            return ""
        return bucket.encryption.kms_key

    def _may_encrypt(self, bucket: Bucket, cluster: Cluster, arn: str) -> bool:
        """Whether log delivery can use the encryption of a bucket.

        With KMS it needs a customer managed key, which the bucket names by its full ARN
        (CloudWatch Logs user guide, logs sent to S3).
        """
        encryption = bucket.encryption
        if encryption is None or encryption.algorithm == "AES256":
            return True
        key = self._kms.key(encryption.kms_key, region=bucket.region)
        if key is None or key.arn != encryption.kms_key:
            return False
        if key.manager != "CUSTOMER" or key.state != "Enabled":
            return False
        # With S3 Bucket Keys the encryption context names the bucket (S3 user guide).
        encrypted = arn.partition("/")[0] if encryption.bucket_key else arn
        context = _delivery(cluster) | {
            "kms:EncryptionContext:aws:s3:arn": encrypted,
            "kms:ViaService": f"s3.{bucket.region}.amazonaws.com",
            "kms:CallerAccount": cluster.account,
        }
        documents = _documents([key.policy])
        who = Principal.service(DELIVERY)
        return all(
            allowed(documents, Request(action, key.arn, who, context)) for action in KMS_ACTIONS
        )

    # CloudWatch Logs.

    def _is_writable(self, group: str, region: str) -> bool:
        """Whether a log group is there, and its key can be used."""
        found = self._logs.group(group, region=region)
        if found is None or found.kms_key_id is None:
            return found is not None
        key = self._kms.key(found.kms_key_id, region=region)
        return key is not None and key.state == "Enabled"

    def _may_write(
        self, service: str, group: str, stream: str, region: str, context: Context
    ) -> bool:
        """Whether the resource policies let a service make a log stream and write into it."""
        documents = _documents(self._logs.resource_policies(group, region=region))
        arn = f"{self._logs.group_arn(group, region=region)}:log-stream:{stream}"
        who = Principal.service(service)
        return all(
            allowed(documents, Request(action, arn, who, context))
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        )


def _delivery(cluster: Cluster) -> Context:
    """What log delivery tells of itself when it delivers a cluster's log."""
    source = f"arn:aws:logs:{cluster.region}:{cluster.account}:delivery-source:{cluster.name}"
    return {"aws:SourceAccount": cluster.account, "aws:SourceArn": source}


def _documents(texts: list[str]) -> list[Document]:
    """Policies as AWS judges by them; one that cannot be read allows nothing."""
    documents = []
    for text in texts:
        try:
            documents.append(Document.parse(text))
        except PolicyError:
            continue
    return documents
