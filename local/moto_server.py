"""moto's server without its memory: `python -m local.moto_server -H HOST -p PORT`.

For its dashboard moto keeps every object that it ever made, and each DynamoDB transaction copies whole tables to be
able to go back: 4 MB more for every model created, until the machine is full.
"""

from typing import Any

from moto.core.common_models import BaseModel
from moto.server import main


def _untracked(cls: type[BaseModel], *_args: Any, **_kwargs: Any) -> BaseModel:
    return object.__new__(cls)


if __name__ == "__main__":
    BaseModel.__new__ = _untracked  # type: ignore[method-assign]
    main()
