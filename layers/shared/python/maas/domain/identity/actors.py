"""The authors of changes, as events name them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller and its request. A text that is empty is not known, and null in events.

    `subject` is a member's id, or one of our services. `credential` names the session or API key, without its secret.
    `address` is the network address of the caller.
    """

    subject: str
    credential: str = ""
    address: str = ""
    request_id: str = ""
