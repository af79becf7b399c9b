"""Mail to one person."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Mail:
    """A message in plain text. It may hold a secret, so no log shows it."""

    to: str
    subject: str
    text: str = field(repr=False)
