"""What the maker of an API key chooses: name, scopes, models, networks and expiry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maas.domain import value_rules
from maas.domain.catalog.ranges import parse_range
from maas.domain.catalog.references import REFERENCE_MAX
from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, Rule
from maas.domain.identity.api_keys import GRACE_MAX, ApiKey
from maas.domain.identity.networks import is_within, networks
from maas.domain.identity.principals import Principal, Role, Scope, possible_scopes
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.domain.ids import known_id

# Keys of one organization, with expired ones that nobody has deleted.
KEYS_MAX = 200
MODELS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTerms:
    """The chosen values as they were written. In a change, None keeps a value as it is."""

    name: str | None = None
    scopes: Sequence[str] | None = None
    models: Mapping[str, str] | None = None
    networks: Sequence[str] | None = None
    expires_at: str | None = None

    def applied(self, key: ApiKey, now: datetime) -> ApiKey:
        """The key with these values in stored form. Raises InvalidInput."""
        return replace(
            key,
            name=key.name if self.name is None else value_rules.name(self.name),
            scopes=key.scopes if self.scopes is None else scopes(self.scopes),
            models=key.models if self.models is None else models(self.models),
            networks=key.networks if self.networks is None else networks(self.networks),
            expires_at=key.expires_at if self.expires_at is None else _expiry(self.expires_at, now),
        )


def check_within_maker(key: ApiKey, by: Principal, shown: ApiKey | None, owner_roles: frozenset[Role]) -> None:
    """Raises PermissionDenied if the key may be used for more than its owner, or than the caller who makes it.

    `shown` is the key that the caller uses itself, if it uses one: its expiry and networks limit the other key too.
    """
    check_limits(key, by, shown, owner_roles)
    if shown and shown.expires_at and (key.expires_at is None or key.expires_at > shown.expires_at):
        _refuse("expires_at", f"must not be later than that of the caller's own key, {shown.expires_at.isoformat()}")


def check_limits(
    made: ApiKey | TrustedIssuer, by: Principal, shown: ApiKey | None, owner_roles: frozenset[Role]
) -> None:
    """Raises PermissionDenied if scopes or networks go beyond the owner, or the caller, who may use the key `shown`."""
    excess = made.scopes - (by.scopes & possible_scopes(by.roles) & possible_scopes(owner_roles))
    if excess:
        _refuse("scopes", f"go beyond the caller's credential or the owner's roles: {' '.join(sorted(excess))}")
    if not is_within(made.networks, shown.networks if shown else by.networks):
        _refuse("networks", "must lie within those of the caller's own credential")


def grace(seconds: int) -> timedelta:
    """The time for which the secret before a rotation is accepted. Raises InvalidInput."""
    maximum = int(GRACE_MAX.total_seconds())
    if not 0 <= seconds <= maximum:
        raise InvalidInput.of("grace_seconds", Rule.RANGE, f"must be from 0 to {maximum}")
    return timedelta(seconds=seconds)


def _refuse(field: str, message: str) -> None:
    raise PermissionDenied.of(field, f"{field}: {message}")


def scopes(values: Sequence[str]) -> frozenset[Scope]:
    """Raises InvalidInput if a word is not a scope, or if there is none."""
    if not values:
        raise InvalidInput.of("scopes", Rule.MIN_ITEMS, "must name at least one scope")
    known = {str(scope): scope for scope in Scope}
    for i, value in enumerate(values):
        if value not in known:
            raise InvalidInput.of(f"scopes[{i}]", Rule.ENUM, f"must be one of {', '.join(known)}")
    return frozenset(known[value] for value in values)


def models(values: Mapping[str, str]) -> dict[str, str]:
    """Ranges of versions by the ids of models; an empty range is every version."""
    if not values:
        raise InvalidInput.of("models", Rule.MIN_ITEMS, "must name at least one model; leave it out for every model")
    if len(values) > MODELS_MAX:
        raise InvalidInput.of("models", Rule.MAX_ITEMS, f"must have at most {MODELS_MAX} models")
    ranges: dict[str, str] = {}
    for key, value in values.items():
        field, model_id = value_rules.entry("models", key), _model_id(key)
        if model_id in ranges:
            raise InvalidInput.of(field, Rule.REPEATED, "must name each model once, in upper or lower case")
        ranges[model_id] = _range(field, value)
    return ranges


def _model_id(text: str) -> str:
    try:
        return known_id("models", "model", text)
    except NotFound:
        raise InvalidInput.of(value_rules.entry("models", text), Rule.UUID, "must be the id of a model") from None


def _range(field: str, text: str) -> str:
    if len(text) > REFERENCE_MAX:
        raise InvalidInput.of(field, Rule.MAX_LENGTH, f"must have at most {REFERENCE_MAX} characters")
    try:
        if text:
            parse_range(text, field)
    except InvalidInput as error:
        if error.fields[0].rule is not Rule.REFERENCE:
            raise
        message = "must be a range of versions such as ^1.2, 1.x or >=1.2 <2, or empty for every version"
        raise InvalidInput.of(field, Rule.REFERENCE, message) from None
    return " ".join(text.split())


def _expiry(text: str, now: datetime) -> datetime:
    moment = value_rules.moment(text, "expires_at")
    if moment <= now:
        raise InvalidInput.of("expires_at", Rule.RANGE, "must be in the future")
    return moment
