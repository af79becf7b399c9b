"""Calls with KServe's unmodified InferenceRESTClient, as JSON and as bytes."""

import asyncio
import json
from typing import Any

from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig  # type: ignore[import-not-found, unused-ignore]
from kserve.protocol.infer_type import RequestedOutput  # type: ignore[import-not-found, unused-ignore]
from tensors import read, shown  # type: ignore[import-not-found, unused-ignore]


def _request(given: dict[str, Any], way: str, outputs: list[str]) -> Any:
    inputs = []
    for tensor in given["tensors"]:
        one = InferInput(tensor["name"], tensor["shape"], tensor["datatype"])
        # It sends no FP16 as JSON.
        one.set_data_from_numpy(tensor["array"], binary_data=way == "bytes" or tensor["datatype"] == "FP16")
        inputs.append(one)
    wanted = [RequestedOutput(name, {"binary_data": way == "bytes"}) for name in outputs]
    return InferRequest(given["model"], inputs, request_id=way, request_outputs=wanted)


async def _found(given: dict[str, Any]) -> dict[str, Any]:
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    headers = {"authorization": f"Bearer {given['token']}"}
    assert await client.is_server_live(given["url"])
    assert await client.is_server_ready(given["url"])
    assert await client.is_model_ready(given["url"], given["model"], headers=headers)
    names = [tensor["name"].replace("x_", "y_") for tensor in given["tensors"]]
    found = {}
    for way in ("json", "bytes"):
        request = _request(given, way, names)
        answer = await client.infer(given["url"], request, given["model"], headers=dict(headers))
        found[way] = {each.name: shown(each.datatype, each.as_numpy()) for each in answer.outputs}
    try:
        await client.infer(given["url"], {"inputs": []}, given["model"], headers=dict(headers))
    except Exception as error:  # noqa: BLE001 - httpx's, which is not installed here
        found["refused"] = [str(error)]  # type: ignore[assignment, unused-ignore]
    return found


print(json.dumps(asyncio.run(_found(read()))))
