"""Captures as answers, and bodies as captures."""

from maas.contracts.captures import CaptureAnswer, CaptureBody, CaptureFileAnswer
from maas.domain.capturing.captures import Capture
from maas.services.captures import SignedFile


def capture_of(body: CaptureBody) -> Capture:
    """The capture. The way to the registry is narrower: it takes numbers of at most 64 bits.

    Raises InvalidInput (percent, keep_days).
    """
    asked = Capture(percent=body.percent, redact=tuple(body.redact), keep_days=body.keep_days, outputs=body.outputs)
    return asked.with_good_numbers()


def capture_answer(model_id: str, capture: Capture) -> CaptureAnswer:
    return CaptureAnswer(
        model_id=model_id,
        percent=capture.percent,
        redact=list(capture.redact),
        keep_days=capture.keep_days,
        outputs=capture.outputs,
    )


def file_answer(signed: SignedFile) -> CaptureFileAnswer:
    file = signed.file
    return CaptureFileAnswer(
        name=file.name, bytes=file.size, created_at=file.created_at, expires_at=file.expires_at, url=signed.url
    )
