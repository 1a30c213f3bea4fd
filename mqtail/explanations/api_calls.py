"""API calls to Amazon MQ and Amazon MSK, as CloudTrail records them."""

from __future__ import annotations

from mqtail.events import Level
from mqtail.explanations.base import AMAZON_MQ, AMAZON_MSK, KnownLine

_CALLED = r"\A(?P<who>.{1,250}?) called "
"""How the line that tells a call begins."""
_HEAD = (
    '{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","accountId":"111122223333",'
    '"userName":"kim"},"eventTime":"2026-11-18T11:00:00Z",'
)
_BROKER = '"requestParameters":{"broker-id":"b-0a1b2c3d-1111-2222-3333-0a1b2c3d4e5f"}'
_CLUSTER = (
    '"requestParameters":{"clusterArn":"arn%3Aaws%3Akafka%3Aeu-west-1%3A111122223333%3Acluster'
    '%2Fshop%2F0a1b2c3d-4"}'
)

LINES = (
    KnownLine(
        id="api-access-denied",
        title="An API call was denied: a permission is missing",
        meaning=(
            "{who} called {action} and may not do that, so nothing was changed. A policy of the "
            "caller, a permissions boundary, an organization's policy or the resource's own "
            "policy says no; the message often tells which."
        ),
        look_at=(
            "The end of the message: `no identity-based policy allows` or `explicit deny`.",
            "Who it was and from where: the fields of this event.",
            "Many different actions in a short time can be someone who tries doors.",
        ),
        doc=AMAZON_MQ + "security-logging-monitoring-cloudtrail.html",
        pattern=(
            _CALLED + r"(?P<action>\w{1,100}).{0,900}?: (?:Client\.)?(?:AccessDenied\w{0,20}"
            r"|UnauthorizedOperation|UnauthorizedException|ForbiddenException)\b"
        ),
        level=Level.WARN,
        sample=(
            _HEAD + '"eventSource":"kafka.amazonaws.com","eventName":"DeleteCluster",'
            '"sourceIPAddress":"192.0.2.7","errorCode":"AccessDenied","errorMessage":"User: kim is '
            'not authorized to perform: kafka:DeleteCluster",' + _CLUSTER + ',"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-throttled",
        title="An API call was throttled",
        meaning=(
            "{who} called {action} faster than AWS allows for the account, and this call was "
            "refused. SDKs wait and repeat it by themselves. Messaging is not touched: the quota "
            "counts calls of the management API only."
        ),
        look_at=(
            "Who calls so often: filter `user:` with the name, and the timeline.",
            "Monitoring that describes every broker: less often, or with CloudWatch instead.",
            "Amazon MQ: 15 calls a second for the account, 100 in a burst.",
        ),
        doc=AMAZON_MQ + "amazon-mq-limits.html",
        pattern=(
            _CALLED + r"(?P<action>\w{1,100}).{0,900}?: (?:Client\.)?(?:Throttling\w{0,20}"
            r"|TooManyRequestsException|RequestLimitExceeded)\b"
        ),
        level=Level.WARN,
        sample=(
            _HEAD + '"eventSource":"amazonmq.amazonaws.com","eventName":"DescribeBroker",'
            '"sourceIPAddress":"192.0.2.7","errorCode":"ThrottlingException","errorMessage":"Rate '
            'exceeded",' + _BROKER + ',"readOnly":true}'
        ),
    ),
    KnownLine(
        id="api-call-failed",
        title="An API call failed",
        meaning=(
            "{who} called {action}, and the service answered with an error, so nothing was "
            "changed. The error and its message stand at the end of the line."
        ),
        look_at=(
            "The error code: a wrong parameter, a state that does not allow it, a name that does "
            "not exist.",
            "Was it tried again with success? Filter with the action's name.",
        ),
        doc=AMAZON_MQ + "security-logging-monitoring-cloudtrail.html",
        pattern=_CALLED + r"(?P<action>\w{1,100})",
        level=Level.WARN,
        sample=(
            _HEAD + '"eventSource":"amazonmq.amazonaws.com","eventName":"RebootBroker",'
            '"sourceIPAddress":"192.0.2.7","errorCode":"BadRequestException","errorMessage":"the '
            'broker is not running",' + _BROKER + ',"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-mq-reboot",
        title="Someone rebooted an Amazon MQ broker",
        meaning=(
            "{who} asked for a reboot, which also puts pending changes in force. A single-instance "
            "broker is away for some minutes; with active/standby or a cluster the instances "
            "follow one another, and clients must connect again."
        ),
        look_at=(
            "The stop and the start in the broker's own log, some seconds later: press `x`.",
            "`CurrentConnectionsCount` (ActiveMQ) or `ConnectionCount` (RabbitMQ) comes back?",
            "A reboot in the maintenance window leaves no such call.",
        ),
        doc=AMAZON_MQ + "amazon-mq-rebooting-broker.html",
        pattern=_CALLED + r"RebootBroker\b",
        logger="amazonmq",
        sample=(
            _HEAD + '"eventSource":"amazonmq.amazonaws.com","eventName":"RebootBroker",'
            '"sourceIPAddress":"192.0.2.7",' + _BROKER + ',"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-msk-reboot",
        title="Someone rebooted a broker of an MSK cluster",
        meaning=(
            "{who} asked for a reboot of a Kafka broker. It hands over its leaders and stops; "
            "clients change to other brokers, and its replicas are missing until it has caught up."
        ),
        look_at=(
            "The broker's stop and start: filter `/shutting down|started/`, or press `x`.",
            "`UnderReplicatedPartitions` comes back to 0 within minutes?",
            "Producers refused meanwhile: filter `/NotEnoughReplicas/`.",
        ),
        doc="https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-reboot-broker.html",
        pattern=_CALLED + r"RebootBroker\b",
        logger="kafka",
        sample=(
            _HEAD + '"eventSource":"kafka.amazonaws.com","eventName":"RebootBroker",'
            '"sourceIPAddress":"192.0.2.7",' + _CLUSTER + ',"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-mq-update-broker",
        title="Someone changed the settings of an Amazon MQ broker",
        meaning=(
            "{who} changed the broker: logging, configuration revision, engine version, instance "
            "type or the like. Most of it is pending until the next reboot or maintenance window, "
            "so an effect can come days later."
        ),
        look_at=(
            "What was asked for: the parameters in the line.",
            "Is it in force? Press `c`: the setup check tells what is pending for logging.",
            "The reboot that applies it: filter `/RebootBroker/`.",
        ),
        doc=AMAZON_MQ + "maintaining-brokers.html",
        pattern=_CALLED + r"UpdateBroker\b",
        sample=(
            _HEAD + '"eventSource":"amazonmq.amazonaws.com","eventName":"UpdateBroker",'
            '"sourceIPAddress":"192.0.2.7",' + _BROKER + ',"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-mq-configuration",
        title="Someone saved a configuration for Amazon MQ brokers",
        meaning=(
            "{who} made or changed a configuration. No broker uses it until it is applied with "
            "`UpdateBroker` and a reboot. For ActiveMQ, elements and attributes that are not "
            "permitted are removed or reported, so compare what was saved."
        ),
        look_at=(
            "Warnings in the answer of this record: the raw text of the event.",
            "Which broker uses it: filter `/UpdateBroker/`.",
        ),
        doc=AMAZON_MQ + "amazon-mq-creating-applying-configurations.html",
        pattern=_CALLED + r"(?:Create|Update|Delete)Configuration\b",
        logger="amazonmq",
        sample=(
            _HEAD + '"eventSource":"amazonmq.amazonaws.com","eventName":"UpdateConfiguration",'
            '"sourceIPAddress":"192.0.2.7","requestParameters":{"configuration-id":'
            '"c-0a1b2c3d-1111-2222-3333-0a1b2c3d4e5f","data":"***"},"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-mq-users",
        title="Someone changed the users of an Amazon MQ broker",
        meaning=(
            "{who} called {action}. For ActiveMQ the change takes effect at the next reboot or "
            "maintenance window. Clients that use that user cannot log in afterwards if their "
            "password or the user is gone."
        ),
        look_at=(
            "Refused logins afterwards: filter `/is invalid|login refused/`.",
            "The reboot that applies it: filter `/RebootBroker/`.",
        ),
        doc=AMAZON_MQ + "amazon-mq-listing-managing-users.html",
        pattern=_CALLED + r"(?P<action>(?:Create|Update|Delete)User)\b",
        sample=(
            _HEAD + '"eventSource":"amazonmq.amazonaws.com","eventName":"DeleteUser",'
            '"sourceIPAddress":"192.0.2.7","requestParameters":{"broker-id":'
            '"b-0a1b2c3d-1111-2222-3333-0a1b2c3d4e5f","username":"till"},"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-deleted",
        title="Someone deleted a broker or a cluster",
        meaning=(
            "{who} called {action}. The broker or cluster is removed with everything in it; that "
            "cannot be undone. Its log groups stay."
        ),
        look_at=(
            "Who and from where: the fields of this event. Was it meant?",
            "Clients that still try to connect: their own logs.",
        ),
        doc=AMAZON_MSK + "delete-cluster.html",
        pattern=_CALLED + r"(?P<action>DeleteBroker|DeleteCluster)\b",
        sample=(
            _HEAD + '"eventSource":"kafka.amazonaws.com","eventName":"DeleteCluster",'
            '"sourceIPAddress":"192.0.2.7",' + _CLUSTER + ',"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-msk-configuration",
        title="Someone saved a configuration for MSK clusters",
        meaning=(
            "{who} made, changed or deleted a configuration. No cluster uses a new revision until "
            "it is applied with `UpdateClusterConfiguration`."
        ),
        look_at=(
            "Which cluster uses it: filter `/UpdateClusterConfiguration/`.",
            "The properties are hidden in the record; look at the revision in the console.",
        ),
        doc=AMAZON_MSK + "msk-configuration-properties.html",
        pattern=_CALLED + r"(?:Create|Update|Delete)Configuration\b",
        logger="kafka",
        sample=(
            _HEAD + '"eventSource":"kafka.amazonaws.com","eventName":"UpdateConfiguration",'
            '"sourceIPAddress":"192.0.2.7","requestParameters":{"arn":"arn%3Aaws%3Akafka'
            '%3Aeu-west-1%3A111122223333%3Aconfiguration%2Fshop%2F0a1b2c3d-4"},"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-msk-cluster-configuration",
        title="Someone gave an MSK cluster another configuration",
        meaning=(
            "{who} applied a configuration to the cluster. Amazon MSK restarts the brokers one "
            "after the other where a setting needs it; clients change brokers meanwhile."
        ),
        look_at=(
            "The rolling restart: filter `/shutting down|started/` in the broker logs.",
            "What is in force: filter `/KafkaConfig values/` after each start.",
            "`UnderReplicatedPartitions` back to 0 between two brokers?",
        ),
        doc=AMAZON_MSK + "msk-configuration-properties.html",
        pattern=_CALLED + r"UpdateClusterConfiguration\b",
        sample=(
            _HEAD + '"eventSource":"kafka.amazonaws.com","eventName":"UpdateClusterConfiguration",'
            '"sourceIPAddress":"192.0.2.7",' + _CLUSTER + ',"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-msk-cluster-changed",
        title="Someone changes an MSK cluster",
        meaning=(
            "{who} called {action}. Size, version, storage, security or connectivity of the "
            "cluster change; for most of it the brokers are restarted one after the other, which "
            "takes from minutes to hours."
        ),
        look_at=(
            "The state of the cluster: UPDATING until it is done.",
            "`UnderReplicatedPartitions`, `CpuUser` and `OfflinePartitionsCount` meanwhile.",
            "Replication factor 3 and `min.insync.replicas` 2 let clients work through it.",
        ),
        doc=AMAZON_MSK + "bestpractices.html",
        pattern=(
            _CALLED + r"(?P<action>UpdateBroker(?:Count|Storage|Type)|UpdateClusterKafkaVersion"
            r"|UpdateSecurity|UpdateStorage|UpdateConnectivity|UpdateRebalancing)\b"
        ),
        sample=(
            _HEAD + '"eventSource":"kafka.amazonaws.com","eventName":"UpdateBrokerType",'
            '"sourceIPAddress":"192.0.2.7",' + _CLUSTER + ',"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-msk-logging-changed",
        title="Someone changed the monitoring or logging of an MSK cluster",
        meaning=(
            "{who} called UpdateMonitoring, which sets the level of metrics and where broker logs "
            "are delivered. If logs stop or begin at this moment, this is why."
        ),
        look_at=(
            "The parameters in the line: destinations on or off, and their names.",
            "Do logs arrive? Press `c`: the setup check tells.",
        ),
        doc=AMAZON_MSK + "msk-logging.html",
        pattern=_CALLED + r"UpdateMonitoring\b",
        sample=(
            _HEAD + '"eventSource":"kafka.amazonaws.com","eventName":"UpdateMonitoring",'
            '"sourceIPAddress":"192.0.2.7",' + _CLUSTER + ',"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-topic-deleted",
        title="Someone deleted a Kafka topic",
        meaning=(
            "{who} deleted a topic with all its messages; that cannot be undone. Producers get "
            "errors, or create the topic anew where `auto.create.topics.enable` is on."
        ),
        look_at=(
            "Which topic: the resource of this event.",
            "The brokers' side: filter `/scheduled for deletion/`.",
            "The right to do it: `kafka-cluster:DeleteTopic` in the caller's policy.",
        ),
        doc=AMAZON_MSK + "logging-API-using-cloudtrail.html",
        pattern=_CALLED + r"DeleteTopic\b",
        sample=(
            _HEAD + '"eventSource":"kafka-cluster.amazonaws.com","eventName":"DeleteTopic",'
            '"sourceIPAddress":"10.1.5.30","requestParameters":{"kafkaAPI":"DeleteTopics",'
            '"resourceARN":"arn:aws:kafka:eu-west-1:111122223333:topic/shop/0a1b2c3d-4/billing"},'
            '"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-topic-changed",
        title="Someone created or changed a Kafka topic",
        meaning=(
            "{who} called {action}. More partitions change which partition a key goes to; a "
            "shorter retention soon deletes messages. Consumer groups of the topic rebalance "
            "when partitions are added."
        ),
        look_at=(
            "Which topic and what: the resource and parameters of this event.",
            "Rebalances afterwards: filter `/Preparing to rebalance/`.",
        ),
        doc=AMAZON_MSK + "logging-API-using-cloudtrail.html",
        pattern=(
            _CALLED + r"(?P<action>CreateTopic|AlterTopic|UpdateTopic"
            r"|AlterTopicDynamicConfiguration)\b"
        ),
        sample=(
            _HEAD + '"eventSource":"kafka-cluster.amazonaws.com","eventName":"AlterTopic",'
            '"sourceIPAddress":"10.1.5.30","requestParameters":{"kafkaAPI":"CreatePartitions",'
            '"resourceARN":"arn:aws:kafka:eu-west-1:111122223333:topic/shop/0a1b2c3d-4/billing"},'
            '"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-cluster-settings-changed",
        title="Someone changed broker settings of a Kafka cluster while it runs",
        meaning=(
            "{who} called AlterClusterDynamicConfiguration, which changes settings of brokers "
            "without a restart, the log level among them. The effect is immediate."
        ),
        look_at=(
            "The brokers' side: filter `/KafkaConfig values/` right after.",
            "Log level DEBUG or TRACE costs performance, and CloudWatch may get only a part.",
        ),
        doc=AMAZON_MSK + "logging-API-using-cloudtrail.html",
        pattern=_CALLED + r"AlterClusterDynamicConfiguration\b",
        sample=(
            _HEAD + '"eventSource":"kafka-cluster.amazonaws.com","eventName":'
            '"AlterClusterDynamicConfiguration","sourceIPAddress":"10.1.5.30",'
            '"requestParameters":{"kafkaAPI":"IncrementalAlterConfigs","resourceARN":'
            '"arn:aws:kafka:eu-west-1:111122223333:cluster/shop/0a1b2c3d-4"},"readOnly":false}'
        ),
    ),
    KnownLine(
        id="api-scram-secrets",
        title="Someone changed the SASL/SCRAM secrets of an MSK cluster",
        meaning=(
            "{who} called {action}. Users whose secret is no longer associated cannot log in any "
            "more; new ones can soon after."
        ),
        look_at=(
            "Refused logins afterwards: filter `/Failed authentication/`.",
            "The secret's name begins with `AmazonMSK_`, and it needs a customer managed key.",
        ),
        doc=AMAZON_MSK + "msk-password.html",
        pattern=_CALLED + r"(?P<action>Batch(?:Associate|Disassociate)ScramSecret)\b",
        sample=(
            _HEAD + '"eventSource":"kafka.amazonaws.com","eventName":"BatchAssociateScramSecret",'
            '"sourceIPAddress":"192.0.2.7",' + _CLUSTER + ',"readOnly":false}'
        ),
    ),
)
