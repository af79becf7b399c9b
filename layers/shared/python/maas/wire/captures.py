"""Captures between the domain and maas.registry.v1."""

from maas.domain.capturing.captures import Capture
from maas.rpc.registry.v1 import registry_pb2 as pb

Answer = pb.GetCaptureResponse | pb.SetCaptureResponse


def to_capture(capture: Capture) -> pb.Capture:
    return pb.Capture(
        percent=capture.percent, redact=capture.redact, keep_days=capture.keep_days, outputs=capture.outputs
    )


def from_capture(message: pb.Capture) -> Capture:
    return Capture(
        percent=message.percent,
        redact=tuple(message.redact),
        keep_days=message.keep_days,
        outputs=message.outputs,
    )


def to_set_capture(model_id: str, capture: Capture | None) -> pb.SetCaptureRequest:
    return pb.SetCaptureRequest(model_id=model_id, capture=to_capture(capture) if capture else None)


def from_set_capture(message: pb.SetCaptureRequest) -> Capture | None:
    return from_capture(message.capture) if message.HasField("capture") else None


def from_answer(message: Answer) -> tuple[str, Capture | None]:
    """The model's id and its capture."""
    return message.model_id, from_capture(message.capture) if message.HasField("capture") else None
