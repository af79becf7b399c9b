"""The exceptions of ONNX Runtime. The validator's child process imports this module, so it imports nothing of maas."""

from onnxruntime.capi import onnxruntime_pybind11_state

# ONNX Runtime's exceptions have no common base class; other C++ exceptions arrive as built-in ones.
ORT_ERRORS: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    *(
        kind
        for kind in vars(onnxruntime_pybind11_state).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
)
