"""Values of predictions as JSON has them. Arrays and frames are known by their methods, so nothing is imported."""

import math
from collections.abc import Mapping
from typing import Any

from maas_client.http.calls import given, listed


def rows(features: Any, inputs: Any, records: Any) -> dict[str, Any]:
    """Returns the fields of a body that have the rows of a prediction; a frame is one of records."""
    if _is_frame(features):
        features, records = None, features
    records = records if _is_frame(records) else listed(records)
    return given(features=plain(features), inputs=plain(inputs), dataframe_records=plain(records))


def plain(value: Any) -> Any:
    """Returns lists and mappings for arrays, frames and numbers of numpy and pandas, with None for their NaN.

    A frame is a list of mappings by names of columns. Other values stay as they are.
    """
    if _is_frame(value):
        return _without_nan(value.to_dict("records"))
    if hasattr(value, "tolist"):
        return _without_nan(value.tolist())
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def _is_frame(value: Any) -> bool:
    """Returns whether it is a frame of pandas or of a library like it."""
    return hasattr(value, "to_dict") and hasattr(value, "columns")


def _without_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if hasattr(value, "tolist"):  # a number of numpy in a frame
        value = value.tolist()
    return None if isinstance(value, float) and math.isnan(value) else value
