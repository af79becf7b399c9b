"""The `model_id` of a path, which is an id or a name (docs/decisions/0063-names-for-ids.md)."""

from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator


def unescaped(text: str) -> str:
    """The text without its second escape. API Gateway removes the first one, and routes by what is left.

    A text that is not escaped UTF-8 stays as it is.
    """
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


ModelRef = Annotated[str, AfterValidator(unescaped)]
