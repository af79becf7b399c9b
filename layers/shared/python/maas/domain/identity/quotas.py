"""Requests a minute that a caller may make: by organization, by user and by API key."""

from dataclasses import dataclass

from maas.domain.identity.credentials import KEY, parsed_credential
from maas.domain.identity.principals import Principal

WINDOW = 60


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `requests` in each minute of the clock. Callers see `name`."""

    name: str
    requests: int


@dataclass(frozen=True, slots=True)
class RequestsLeft:
    """The requests that are left of a quota for the rest of the minute, which ends in `resets_in` seconds."""

    quota: Quota
    remaining: int
    resets_in: int


class Quotas:
    """The quotas of all callers; a number of 0 allows all."""

    def __init__(self, *, organization: int, user: int, api_key: int) -> None:
        self._organization = Quota("organization", organization)
        self._user = Quota("user", user)
        self._api_key = Quota("api_key", api_key)

    def of(self, by: Principal) -> list[tuple[Quota, str]]:
        """The quotas that hold for a caller, each with the id that it is counted for."""
        kind, credential_id = parsed_credential(by.credential)
        held = [(self._organization, by.tenant_id), (self._user, by.subject)]
        if kind == KEY:
            held.append((self._api_key, credential_id))
        return [(quota, key) for quota, key in held if quota.requests]
