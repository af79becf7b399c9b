"""References as people write them: `iris`, `iris@production`, `iris:^1.2`, `OWNER/iris@production`."""

import uuid
from dataclasses import dataclass

from maas_client.errors import BadReference


@dataclass(frozen=True)
class Reference:
    """A model, which is a name, an id or `owner/name`, and a reference to a version; None for the model's default."""

    model: str
    ref: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Splits at the last `@` or `:` behind the last slash: names may have both. Raises BadReference."""
        at = max(text.rfind(mark, text.rfind("/") + 1) for mark in "@:")
        model, ref = (text, None) if at < 0 else (text[:at], text[at + 1 :])
        if not model.strip() or ref == "":
            raise BadReference(f"{text!r} is not a reference: write iris, iris@production or iris:^1.2")
        return cls(model, ref)


def written(owner: str, name: str, model_id: str) -> str:
    """Returns how another organization writes the model: `OWNER/name`, or the id where `parse` would cut the name."""
    whole = f"{owner}/{name}"
    return whole if Reference.parse(whole) == Reference(whole) else model_id


def is_id(text: str) -> bool:
    """Returns whether the text is a UUID, as ids are. No name of a model begins with one and a slash."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
