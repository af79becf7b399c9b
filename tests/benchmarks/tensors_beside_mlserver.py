"""Tensors of 1 MiB beside MLServer: `python -m tests.benchmarks.tensors_beside_mlserver PYTHON`.

PYTHON is the interpreter of an environment with `mlserver` and `onnxruntime`. Both serve the same two ONNX files, with
one thread of ONNX Runtime: the sums of 262,144 floats, and the floats themselves. MLServer has no binary tensors over
HTTP (github.com/SeldonIO/MLServer/issues/324), so its figures are of gRPC with raw bytes, and of JSON over HTTP, which
is its only form there. Ours are of bytes over HTTP (gateway and function), and of gRPC with raw bytes (predictor).

Each call has other values, and calls are made in turns, in ROUNDS rounds. Each answer is compared with the right one.
"""

import itertools
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import grpc
import httpx2
import numpy as np

from maas.rpc.inference import open_inference_pb2 as pb
from maas.rpc.inference.open_inference_pb2_grpc import GRPCInferenceServiceStub
from tests.benchmarks.mlserver_process import mlserver
from tests.samples.onnx_files import row_sums, same
from tests.support.stacks import RunningStack, running_stack

COUNT = 262_144
CONNECTIONS = (1, 8)
SECONDS, ROUNDS, WARM_UP = 2.0, 5, 2
_RUNTIME = """
import onnxruntime as ort
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse

class Onnx(MLModel):
    async def load(self):
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(self.settings.parameters.uri, options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload):
        feed = {each.name: NumpyCodec.decode_input(each) for each in payload.inputs}
        [found] = self.session.run(["y"], feed)
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("y", found)])
"""
Send = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Subject:
    """One way to call one model. `connect` returns a function that sends the bytes of x, and returns those of y."""

    server: str
    model: str
    connect: Callable[[], Send]


@dataclass(frozen=True)
class Model:
    name: str
    file: bytes
    shape: list[int]
    compute: Callable[[Any], Any]


MODELS = (
    Model("sum", row_sums(COUNT), [1, COUNT], lambda x: x.sum(keepdims=True)),
    Model("same", same("float"), [COUNT], lambda x: x),
)


def _grpc(address: str, name: str, shape: list[int], metadata: list[tuple[str, str]]) -> Callable[[], Send]:
    def connect() -> Send:
        options = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
        stub = GRPCInferenceServiceStub(grpc.insecure_channel(address, options))

        def send(data: bytes) -> bytes:
            tensor = pb.ModelInferRequest.InferInputTensor(name="x", datatype="FP32", shape=shape)
            request = pb.ModelInferRequest(model_name=name, inputs=[tensor], raw_input_contents=[data])
            answer = stub.ModelInfer(request, metadata=tuple(metadata))
            if answer.raw_output_contents:
                return bytes(answer.raw_output_contents[0])
            return np.array(answer.outputs[0].contents.fp32_contents, np.float32).tobytes()

        return send

    return connect


def _bytes_over_http(url: str, model_id: str, shape: list[int], token: str) -> Callable[[], Send]:
    tensor = {"name": "x", "shape": shape, "datatype": "FP32", "parameters": {"binary_data_size": 4 * COUNT}}
    head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/octet-stream",
        "inference-header-content-length": str(len(head)),
    }

    def connect() -> Send:
        client = httpx2.Client(trust_env=False, timeout=60)

        def send(data: bytes) -> bytes:
            answer = client.post(f"{url}/v2/models/{model_id}/infer", content=head + data, headers=headers)
            assert answer.status_code == 200, answer.text
            return answer.content[int(answer.headers["inference-header-content-length"]) :]

        return send

    return connect


def _json_over_http(url: str, name: str, shape: list[int]) -> Callable[[], Send]:
    def connect() -> Send:
        client = httpx2.Client(trust_env=False, timeout=120)

        def send(data: bytes) -> bytes:
            values = np.frombuffer(data, np.float32).tolist()
            tensor = {"name": "x", "shape": shape, "datatype": "FP32", "data": values}
            answer = client.post(f"{url}/v2/models/{name}/infer", json={"inputs": [tensor]})
            assert answer.status_code == 200, answer.text
            return np.array(answer.json()["outputs"][0]["data"], np.float32).tobytes()

        return send

    return connect


def ours(stack: RunningStack) -> list[Subject]:
    user, found = stack.user(), list[Subject]()
    token = user.api.token
    for model in MODELS:
        model_id = user.publish(model.file)
        metadata = [("authorization", f"Bearer {token}")]
        url = f"http://{urlsplit(stack.url).netloc}"
        over_http = _bytes_over_http(url, model_id, model.shape, token)
        over_grpc = _grpc(stack.ready["predictor"], model_id, model.shape, metadata)
        found += [Subject("MaaS, HTTP, bytes", model.name, over_http), Subject("MaaS, gRPC", model.name, over_grpc)]
    return found


def theirs(folder: Path, http_port: int, grpc_port: int) -> list[Subject]:
    found = list[Subject]()
    for model in MODELS:
        found += [
            Subject("MLServer, gRPC", model.name, _grpc(f"127.0.0.1:{grpc_port}", model.name, model.shape, [])),
            Subject(
                "MLServer, HTTP, JSON",
                model.name,
                _json_over_http(f"http://127.0.0.1:{http_port}", model.name, model.shape),
            ),
        ]
    return found


def write_models(folder: Path) -> None:
    """Writes the models for MLServer."""
    (folder / "runtime.py").write_text(_RUNTIME)
    for model in MODELS:
        place = folder / model.name
        place.mkdir()
        (place / "model.onnx").write_bytes(model.file)
        settings = {
            "name": model.name,
            "implementation": "runtime.Onnx",
            "parameters": {"uri": str(place / "model.onnx")},
        }
        (place / "model-settings.json").write_text(json.dumps(settings))


_NUMBERS = itertools.count()


def _call(send: Send, model: Model) -> None:
    values = np.full(COUNT, 0.5, np.float32)
    values[0] = next(_NUMBERS) % 1000
    found = np.frombuffer(send(values.tobytes()), np.float32)
    assert np.array_equal(found, np.atleast_1d(model.compute(values))), found[:3]


def burst(subject: Subject, connections: int) -> tuple[list[float], float]:
    """The seconds of each call, and the calls per second."""
    model = next(each for each in MODELS if each.name == subject.model)
    lanes: list[list[float]] = []
    started = time.perf_counter()

    def call() -> None:
        send, times = subject.connect(), list[float]()
        while (before := time.perf_counter()) - started < SECONDS or not times:
            _call(send, model)
            times.append(time.perf_counter() - before)
        lanes.append(times)

    threads = [threading.Thread(target=call) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lanes) == connections, "a caller failed"
    times = [each for lane in lanes for each in lane]
    return times, len(times) / (time.perf_counter() - started)


def main() -> None:
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        (folder / "mlserver").mkdir()
        write_models(folder / "mlserver")
        subjects = ours(running.enter_context(running_stack(folder, "embedded")))
        ports = running.enter_context(mlserver(sys.argv[1], folder / "mlserver", [model.name for model in MODELS]))
        subjects += theirs(folder, *ports)
        for subject in subjects:
            for _ in range(WARM_UP):
                burst(subject, max(CONNECTIONS))
        found: dict[tuple[str, str, int], list[tuple[list[float], float]]] = {}
        for number, (connections, subject) in itertools.product(
            range(ROUNDS), itertools.product(CONNECTIONS, subjects)
        ):
            del number
            found.setdefault((subject.model, subject.server, connections), []).append(burst(subject, connections))
    print("| model | server | connections | p50, ms | calls/s |\n| --- | --- | --- | --- | --- |")
    for (name, server, connections), bursts in sorted(found.items()):
        p50 = median(each for times, _ in bursts for each in times) * 1000
        print(f"| {name} | {server} | {connections} | {p50:.1f} | {median(rate for _, rate in bursts):.1f} |")


if __name__ == "__main__":
    main()
