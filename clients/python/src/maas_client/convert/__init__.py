"""Trained objects to ONNX, on the side of their owner: the server never runs anybody's Python.

Converters and numpy are imported when something is converted. They come with the extra `onnx`.
"""

from maas_client.convert.converted import Converted
from maas_client.convert.objects import to_onnx

__all__ = ["Converted", "to_onnx"]
