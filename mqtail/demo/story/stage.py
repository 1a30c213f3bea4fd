"""The services that the stories take place in."""

from __future__ import annotations

from dataclasses import dataclass

from mqtail.demo.cloudtrail_service import CloudTrailService
from mqtail.demo.firehose_service import FirehoseService
from mqtail.demo.iam_service import IamService
from mqtail.demo.kafka_service import KafkaService
from mqtail.demo.kms_service import KmsService
from mqtail.demo.logs_service import LogsService
from mqtail.demo.mq_service import MqService
from mqtail.demo.s3_service import S3Service


@dataclass(frozen=True, slots=True)
class Stage:
    """The services of one embedded AWS."""

    logs: LogsService
    mq: MqService
    kafka: KafkaService
    s3: S3Service
    firehose: FirehoseService
    cloudtrail: CloudTrailService
    iam: IamService
    kms: KmsService
