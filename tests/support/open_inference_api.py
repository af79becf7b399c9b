"""The routes under /v2 over fakes, with a model that answers what it gets."""

import asyncio
import base64
from collections.abc import Mapping
from typing import Any

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.inference.tensors import Feed
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.inference import InferenceService
from maas.services.kept_results import KeptResults
from maas.services.readiness import ReadinessService, State
from maas.web.routes.open_inference import PUBLIC, open_inference_routes
from tests.fakes.inference import FakeResultCache, FakeRuntime, artifact_of, model_with_file
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import CONTEXT, Gateway, Reply, event, person

_WHOLE = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
DTYPES = ("bool", *_WHOLE, "float16", "float", "double", "string")
# Whatever it gets, the model answers.
ECHO = Signature(
    tuple(Tensor(f"in_{dtype}", dtype, (-1, 2)) for dtype in DTYPES),
    tuple(Tensor(f"out_{dtype}", dtype, (-1, 2)) for dtype in DTYPES),
)
NAMES = {"bool": "BOOL", "float16": "FP16", "float": "FP32", "double": "FP64", "string": "BYTES"}
VALUES: Mapping[str, list[Any]] = {
    **{dtype: [0, 2 ** int("".join(filter(str.isdigit, dtype))) - 1] for dtype in DTYPES if dtype.startswith("u")},
    "int8": [-128, 127],
    "int16": [-(2**15), 2**15 - 1],
    "int32": [-(2**31), 2**31 - 1],
    "int64": [-(2**63), 2**63 - 1],
    "bool": [True, False],
    "float16": [0.5, -2.0],
    "float": [0.5, 1.5],
    "double": [0.1, -1e300],
    "string": ["", "grün"],
}
INFER = "/v2/models/{}/infer"


def echo(feed: Feed) -> Mapping[str, Any]:
    found = {}
    for values in feed.values:
        rows, elements = values.shape[0], values.elements
        found[values.name.replace("in_", "out_")] = [list(elements[2 * row : 2 * row + 2]) for row in range(rows)]
    return found


class Api:
    """The routes over fakes and a published model."""

    def __init__(self, registry: FakeRegistry, model_id: str, runtime: FakeRuntime, state: State = State.UP) -> None:
        async def probe() -> State:
            return state

        self.runtime, self.model_id = runtime, model_id
        service = InferenceService(registry, runtime, KeptResults(FakeResultCache()))
        routes = open_inference_routes(service, ReadinessService({"registry": probe}))
        self.call = Gateway(lambda_handler(create_app(routes, title="inference", public=PUBLIC)))

    def infer(self, body: Any, **headers: str) -> Reply:
        sent = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return self.call("POST", INFER.format(self.model_id), body, headers=sent)

    def raw(self, body: bytes, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
        """The answer with its body as bytes."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        sent.setdefault("content-type", "application/octet-stream")
        asked = event("POST", INFER.format(self.model_id), body=body, headers=sent, by=self.call.by)
        answer = self.call.handler(asked, CONTEXT)
        text = answer["body"]
        return (
            answer["statusCode"],
            answer["headers"],
            base64.b64decode(text) if answer["isBase64Encoded"] else text.encode(),
        )


async def published_echo(signature: Signature) -> tuple[FakeRegistry, str]:
    registry = fake_registry()
    model_id = await model_with_file(registry, person(), {}, artifact_of(b"echo", signature))
    await registry.publish_version(person(), model_id, "1.0.0")
    return registry, model_id


def open_inference_api(signature: Signature, state: State = State.UP, delay: float = 0) -> Api:
    # The handler runs a loop of its own, which it can't inside of another one.
    loop = asyncio.new_event_loop()
    try:
        return Api(*loop.run_until_complete(published_echo(signature)), FakeRuntime(echo, delay), state)
    finally:
        loop.close()


def only(dtype: str) -> Signature:
    index = DTYPES.index(dtype)
    return Signature((ECHO.inputs[index],), (ECHO.outputs[index],))


def tensor(dtype: str, data: list[Any] | None = None, **fields: Any) -> dict[str, Any]:
    shown = VALUES[dtype] if data is None else data
    return {"name": f"in_{dtype}", "datatype": NAMES.get(dtype, dtype.upper()), "shape": [1, 2], "data": shown} | fields


def asked(**fields: Any) -> dict[str, Any]:
    return {"inputs": [tensor("float")]} | fields
