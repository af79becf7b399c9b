"""Wiring of the auditor function: records events of the bus in the audit logs of their organizations."""

from maas.entrypoints.cold_start import ready

from maas.adapters.aws.audit.index import DynamoAuditIndex
from maas.adapters.aws.audit.objects import S3AuditObjects
from maas.adapters.aws.audit_queue import SqsAuditQueue
from maas.entrypoints.sqs_batches import sqs_batch_handler
from maas.platform.environment import AwsSettings, read
from maas.platform.settings.events import AuditQueueSettings, AuditSettings
from maas.services.audit_batches import AuditBatches
from maas.services.auditing import AuditService

settings = read(AuditSettings)
audit = AuditService(
    S3AuditObjects(settings.bucket, settings.s3_endpoint),
    DynamoAuditIndex(settings.table, settings.endpoint, settings.days),
    settings.days,
)
batches = AuditBatches(audit, SqsAuditQueue(read(AuditQueueSettings).url, read(AwsSettings).endpoint))
handler = ready(sqs_batch_handler(batches.record))
