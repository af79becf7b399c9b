"""Bodies as JSON."""

import json
from typing import Any

from pydantic_core import from_json

from maas.domain.non_finite import NonFinite


def parsed(body: bytes) -> Any:
    """The value of a body. `NaN`, `Infinity` and `-Infinity`, which JSON lacks, are NonFinite.

    Pydantic's parser reads it. That limits nesting and the size of numbers, and refuses lone surrogates. Python's
    parser accepts all of these, and they would fail later. But pydantic's can't tell `Infinity` from 1e999, so Python's
    reads a body with such a word, after pydantic's has accepted it.

    Raises ValueError in the words of pydantic's parser.
    """
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError:
        from_json(body)
    return json.loads(body, parse_constant=NonFinite)
