"""The pinned model: the one that answers at the root, where services of one model have their paths."""

from dataclasses import dataclass

from maas.domain.catalog.model_names import ModelName, parse_model
from maas.domain.catalog.references import parse_reference
from maas.domain.errors import InvalidInput, Rule
from maas.domain.ids import canonical_id

_FORM = "must be ORGANIZATION/MODEL@REFERENCE with the organization's id, such as the id and /iris@production"


@dataclass(frozen=True, slots=True)
class Pin:
    """A model of an organization, by name or id, and the reference to its version."""

    tenant_id: str
    model: str
    ref: str


def parse_pin(text: str, field: str) -> Pin:
    """The pin that a setting names: `<organization id>/<model name or id>@<reference>`.

    Raises InvalidInput.
    """
    owned, at, ref = text.rpartition("@")
    owner, slash, model = owned.partition("/")
    tenant_id = canonical_id(owner)
    if not (at and slash and tenant_id and model):
        raise InvalidInput.of(field, Rule.INVALID, _FORM)
    parse_reference(ref, field)
    wanted = parse_model(model, tenant_id)
    return Pin(tenant_id, model if isinstance(wanted, ModelName) else wanted, ref)
