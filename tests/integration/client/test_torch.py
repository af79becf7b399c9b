"""Modules of PyTorch become files that answer alike, with any number of rows.

PyTorch is too large for the gate. An environment with torch, onnxscript, pytest and what the client needs runs it by
`pytest --noconftest`, and with the sources of client and server in PYTHONPATH.
"""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: it is too large for the gate")
pytest.importorskip("onnxscript", reason="onnxscript is not installed")
onnxruntime = pytest.importorskip("onnxruntime")

from maas_client import errors  # noqa: E402
from maas_client.convert import Converted, to_onnx  # noqa: E402

nn = torch.nn
_ROWS = 7  # another number than any example has


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(7)


class _Two(nn.Module):  # type: ignore[misc,name-defined]
    """A number for each row and a list of words' numbers in; two named tensors out."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.words = nn.Linear(4, 3), nn.Embedding(10, 4)

    def forward(self, x: Any, ids: Any) -> Any:
        return {"logits": self.linear(x), "mean": self.words(ids).mean(1)}


class _Tuple(nn.Module):  # type: ignore[misc,name-defined]
    def forward(self, x: Any) -> Any:
        return x * 2, x.sum(1)


class _Fixed(nn.Module):  # type: ignore[misc,name-defined]
    def forward(self, x: Any) -> Any:
        return x.reshape(3, 4) * 2


class _Branch(nn.Module):  # type: ignore[misc,name-defined]
    def forward(self, x: Any) -> Any:
        return x if x.sum() > 0 else -x


def _answers(converted: Converted, **inputs: Any) -> list[Any]:
    session = onnxruntime.InferenceSession(converted.content, providers=["CPUExecutionProvider"])
    return list(session.run(None, inputs))


def _sequential() -> Any:
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_module_takes_any_number_of_rows_and_is_left_in_its_mode(rows: int) -> None:
    model, more = _sequential(), torch.randn(_ROWS, 4)
    converted = to_onnx(model, torch.randn(rows, 4), class_names=["a", "b", "c"])
    assert model.training
    [found] = _answers(converted, input=more.numpy())
    assert np.allclose(found, model.eval()(more).detach().numpy(), atol=1e-5)
    assert converted.framework == "pytorch"
    assert converted.metadata["class_names"] == ["a", "b", "c"]
    assert converted.metadata["libraries"]["torch"] == torch.__version__
    assert len(converted.metadata["example"]["inputs"]["input"]) == 2
    assert converted.difference < 1e-5


@pytest.mark.parametrize("kind", ["mapping", "tuple"])
def test_several_inputs_go_by_the_names_of_forward(kind: str) -> None:
    x, ids = np.random.default_rng(7).random((3, 4), np.float32), np.arange(15).reshape(3, 5) % 10
    converted = to_onnx(_Two(), {"x": x, "ids": ids} if kind == "mapping" else (x, ids))
    found = _answers(converted, x=x[:1], ids=ids[:1])
    assert [each.shape for each in found] == [(1, 3), (1, 4)]


def test_a_tuple_of_outputs_keeps_its_order() -> None:
    x = torch.arange(8.0).reshape(2, 4)
    double, total = _answers(to_onnx(_Tuple(), x), x=np.ones((_ROWS, 4), np.float32))
    assert (double.shape, total.tolist()) == ((_ROWS, 4), [4.0] * _ROWS)


def test_an_image_model_of_convolutions_answers_alike() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    image = torch.randn(_ROWS, 1, 8, 8)
    [found] = _answers(to_onnx(model, torch.randn(2, 1, 8, 8)), input=image.numpy())
    assert np.allclose(found, model(image).detach().numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("model", "example", "words"),
    [
        (_Fixed(), torch.ones(3, 4), r"x\.shape\[0\] or -1"),
        (_Branch(), torch.ones(3, 4), r"torch\.where"),
        (_sequential(), torch.ones(3, 5), "does not run on the example"),
        (_sequential(), "x", "give a tensor or an array"),
        (_sequential(), None, "needs an example"),
        (_Two(), (torch.ones(3, 4), torch.ones(2, 5, dtype=torch.int64)), "the same number of rows"),
        (_Two(), torch.ones(3, 4), "does not fit the arguments of forward"),
        (nn.LSTM(4, 3, batch_first=True), torch.ones(2, 3, 4), "a tensor, or a tuple"),
    ],
    ids=["fixed rows", "branch", "shape", "text", "none", "rows", "arguments", "nested outputs"],
)
def test_what_can_t_be_converted_comes_with_advice(model: Any, example: Any, words: str) -> None:
    with pytest.raises(errors.ConversionError, match=words) as caught:
        to_onnx(model, example)
    assert "\n" not in str(caught.value)


def test_a_file_that_differs_beyond_the_tolerance_is_refused() -> None:
    class Unlike(nn.Module):  # type: ignore[misc,name-defined]
        """Answers otherwise each time that it is asked."""

        def forward(self, x: Any) -> Any:
            return x + torch.rand_like(x)

    with pytest.raises(errors.ConversionError, match="differ from the object's by up to"):
        to_onnx(Unlike(), torch.zeros(3, 4))
    assert to_onnx(Unlike(), torch.zeros(3, 4), tolerance=1.5).difference < 1.5


def test_the_server_s_check_accepts_the_file() -> None:
    inspection = pytest.importorskip("maas.adapters.onnx.inspection")
    signature = inspection.inspect(to_onnx(_sequential(), torch.ones(2, 4)).content)["signature"]
    assert [each["shape"] for each in signature["inputs"]] == [[-1, 4]]
