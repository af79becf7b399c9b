"""Calls with an unmodified tritonclient: JSON and bytes over HTTP, both compressed, and gRPC."""

import json
from typing import Any

from tensors import read, shown  # type: ignore[import-not-found, unused-ignore]
from tritonclient import grpc, http  # type: ignore[import-not-found, unused-ignore]


def _inputs(wire: Any, given: dict[str, Any], **options: Any) -> list[Any]:
    found = []
    for tensor in given["tensors"]:
        one = wire.InferInput(tensor["name"], tensor["shape"], tensor["datatype"])
        one.set_data_from_numpy(tensor["array"], **options)
        found.append(one)
    return found


def _outputs(result: Any, metadata: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["name"]: shown(each["datatype"], result.as_numpy(each["name"])) for each in metadata}


def _over_http(given: dict[str, Any]) -> dict[str, Any]:
    client = http.InferenceServerClient(given["url"].removeprefix("http://"))
    headers = {"authorization": f"Bearer {given['token']}"}
    name = given["model"]
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready(name, headers=headers)
    assert client.is_model_ready(name, "latest", headers=headers)
    assert not client.is_model_ready(name, "9.9.9", headers=headers)
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    metadata = client.get_model_metadata(name, "1.0.0", headers=headers)
    found: dict[str, Any] = {"metadata": metadata}
    for way in ("json", "bytes", "gzip", "deflate"):
        as_bytes = way != "json"
        coding = way if way in ("gzip", "deflate") else None
        result = client.infer(
            name,
            _inputs(http, given, binary_data=as_bytes),
            request_id=way,
            outputs=[http.InferRequestedOutput(each["name"], binary_data=as_bytes) for each in metadata["outputs"]],
            headers=headers,
            request_compression_algorithm=coding,
            response_compression_algorithm=coding,
            timeout=20_000_000,
        )
        assert result.get_response()["id"] == way
        assert result.get_response()["model_version"] == "1.0.0"
        found[way] = _outputs(result, metadata["outputs"])
    try:
        client.infer(name, _inputs(http, given)[:1], headers={})
    except http.InferenceServerException as error:
        found["refused"] = [error.status(), error.message()]
    return found


def _over_grpc(given: dict[str, Any]) -> dict[str, Any]:
    client = grpc.InferenceServerClient(given["predictor"])
    headers = {"authorization": f"Bearer {given['token']}"}
    name = given["model"]
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.get_server_metadata(as_json=True)["extensions"] == ["binary_tensor_data"]
    assert client.is_model_ready(name, headers=headers)
    metadata = client.get_model_metadata(name, "^1", headers=headers, as_json=True)
    result = client.infer(name, _inputs(grpc, given), request_id="8", headers=headers, client_timeout=20)
    assert result.get_response().id == "8"
    found = {"grpc": _outputs(result, metadata["outputs"]), "grpc_metadata": metadata}
    try:
        client.infer(name, _inputs(grpc, given)[:1], headers=headers)
    except grpc.InferenceServerException as error:
        found["grpc_refused"] = [error.status(), error.message()]
    return found


_given = read()
_found = _over_http(_given)
if _given["predictor"]:
    _found |= _over_grpc(_given)
print(json.dumps(_found))
