"""Names of models, and references to models by id or name (docs/decisions/0063-names-for-ids.md)."""

from dataclasses import dataclass

from maas.domain import value_rules
from maas.domain.characters import without_joiners
from maas.domain.errors import InvalidInput, NotFound, Rule
from maas.domain.ids import canonical_id
from maas.domain.value_rules import unique_form

_DOTS = frozenset({".", ".."})


@dataclass(frozen=True, slots=True)
class ModelName:
    """A name in the form in which it is unique in its organization."""

    tenant_id: str
    form: str

    @classmethod
    def of(cls, tenant_id: str, name: str) -> "ModelName":
        return cls(tenant_id, unique_form(name))

    @property
    def no_id(self) -> str:
        """A text that is the id of no model, for reads that shall cost what those of a model do."""
        return f"{self.tenant_id}/{self.form}"


def model_name(value: str) -> str:
    """A name for a model: no id, nor one before a slash, which is `owner/name`, and not `.` or `..`.

    Raises InvalidInput.
    """
    value = value_rules.name(value)
    if value in _DOTS:
        raise InvalidInput.of("name", Rule.RESERVED, "must not be . or .., which clients remove from paths")
    if canonical_id(without_joiners(value).partition("/")[0]):
        raise InvalidInput.of("name", Rule.RESERVED, "must not be a UUID, nor begin with one and a slash")
    return value


def parse_model(text: str, tenant_id: str) -> str | ModelName:
    """The model that a caller of the organization `tenant_id` means: a canonical id, or a name.

    An id always wins. `owner/name` names a model of another organization, whose id is `owner`.

    Raises:
        InvalidInput: no model has this id or name.
    """
    if model_id := canonical_id(text):
        return model_id
    owner, slash, name = text.partition("/")
    owner = canonical_id(owner) if slash else ""
    return ModelName.of(owner or tenant_id, value_rules.name(name if owner else text))


def unknown_model(text: str) -> NotFound:
    """The error for a model that is absent or not visible. It depends on the caller's text alone."""
    error, (owner, slash, _) = NotFound.of("model_id", "model", text), text.partition("/")
    if not slash or canonical_id(owner):
        return error
    return NotFound(f"{error.message}; an owner before a slash is an organization's id", error.fields)
