"""Answers of the service below HTTP, and of ONNX Runtime alone, for the same file and values."""

import json
import tempfile
from collections.abc import Callable, Mapping
from math import isfinite, isnan
from typing import Any

import numpy as np
import onnxruntime as ort

from maas.domain.catalog.versions import Signature
from maas.domain.errors import InvalidInput, MaasError
from maas.domain.non_finite import NonFinite
from maas.services.inference import InferenceService
from maas.services.questions import Question
from tests.fakes.inference import artifact_of, model_with_file
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import person
from tests.support.model_runtimes import onnx_runtime

Array = np.ndarray[Any, np.dtype[Any]]
_NARROW: Mapping[str, Callable[[float], Any]] = {"float": np.float32, "float16": np.float16}


def as_json(array: Array) -> Any:
    """The values as a client sends or receives them: nested lists, null for what JSON lacks."""
    return json.loads(json.dumps(_plain(array.tolist())))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def as_request(value: Any) -> Any:
    """The values as a client sends them: NaN is null. JSON has no infinity, which is its word."""
    if isinstance(value, list):
        return [as_request(item) for item in value]
    if not isinstance(value, float) or isfinite(value):
        return value
    return None if isnan(value) else NonFinite(value)


def theirs(file: bytes, inputs: Mapping[str, Array]) -> dict[str, Any]:
    """The outputs of ONNX Runtime alone. Raises its own errors."""
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, map(as_json, session.run(names, dict(inputs))), strict=True))


async def ours(file: bytes, signature: Signature, inputs: Mapping[str, Array]) -> Mapping[str, Any] | MaasError:
    """The outputs of the service for the same values as JSON, or the error that a caller gets."""
    registry, by = fake_registry(), person()
    model_id = await model_with_file(registry, by, {}, artifact_of(file, signature))
    await registry.publish_version(by, model_id, "1.0.0")
    question = Question(
        model_id=model_id, timeout=20, inputs={name: as_request(array.tolist()) for name, array in inputs.items()}
    )
    with tempfile.NamedTemporaryFile() as stored:
        stored.write(file)
        stored.flush()
        service = InferenceService(registry, onnx_runtime(lambda _: stored.name))
        try:
            found = await service.predict(by, question)
        except MaasError as error:
            return error
    types = {tensor.name: _NARROW.get(tensor.dtype, float) for tensor in signature.outputs}
    return {name: _read(output.values(), types[name]) for name, output in found.outputs.items()}


def _read(value: Any, kind: Callable[[float], Any]) -> Any:
    """The value as its element type reads it: 0.1 is written for the 32-bit number nearest to it."""
    if isinstance(value, list):
        return [_read(item, kind) for item in value]
    return float(kind(value)) if isinstance(value, float) else value


def refused_by(error: MaasError) -> str:
    """A short name of the rule that refused."""
    return str(error.fields[0].rule) if isinstance(error, InvalidInput) else type(error).__name__
