"""The audit log between the domain and the contract."""

from maas.contracts.audit import AuditHeadAnswer, AuditRecordAnswer, AuditSegmentAnswer
from maas.domain.audit.chain import Head, Record
from maas.domain.audit.stored import StoredSegment


def record_answer(record: Record) -> AuditRecordAnswer:
    return AuditRecordAnswer.model_validate(record)


def segment_answer(signed: tuple[StoredSegment, str]) -> AuditSegmentAnswer:
    segment, url = signed
    return AuditSegmentAnswer(
        first=segment.first,
        last=segment.last,
        hash=segment.hash,
        recorded_at=segment.recorded_at,
        size=segment.size,
        sha256=segment.sha256,
        url=url,
    )


def head_answer(head: Head, signature: str) -> AuditHeadAnswer:
    return AuditHeadAnswer(
        organization=head.organization,
        sequence=head.sequence,
        hash=head.hash,
        recorded_at=head.recorded_at or None,
        signature=signature,
    )
