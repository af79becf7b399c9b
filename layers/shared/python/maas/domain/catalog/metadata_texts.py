"""The rules of a version's metadata, which is JSON of any form but for its settings (docs/decisions/0039).

Its names and class names are stored in NFC, as all texts are. Other texts keep their form, because programs compare
them: `feature_names` with columns, for instance, or tokens.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from maas.domain import value_rules
from maas.domain.catalog.version_settings import CLASS_NAMES, check_setting
from maas.domain.catalog.versions import VERSION_METADATA_MAX_BYTES
from maas.domain.characters import without_joiners
from maas.domain.errors import InvalidInput, Rule
from maas.domain.mapping_diff import same_json


def checked_texts(metadata: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """`metadata` in stored form. An entry that `stored` has already is not checked again.

    Raises:
        InvalidInput: a text or a setting breaks its rule, or two names are equal in NFC and without joiners.
    """
    kept = {name: value for name, value in metadata.items() if name in stored and same_json(value, stored[name])}
    new = {name: value for name, value in metadata.items() if name not in kept}
    named = value_rules.by_stored_name("metadata", new, maximum=VERSION_METADATA_MAX_BYTES, minimum=0)
    forms = {without_joiners(name) for name in named}
    for name in kept:
        if without_joiners(value_rules.nfc("metadata", name, VERSION_METADATA_MAX_BYTES)) in forms:
            raise InvalidInput.of(value_rules.entry("metadata", name), Rule.REPEATED, value_rules.TWIN)
    return kept | {name: _checked(name, value) for name, value in named.items()}


def _checked(name: str, value: Any) -> Any:
    field = value_rules.entry("metadata", name)
    for text in _texts(value):
        value_rules.prose(field, text, maximum=VERSION_METADATA_MAX_BYTES)
    check_setting(name, value)
    if name == CLASS_NAMES:
        return [value_rules.nfc(field, text, VERSION_METADATA_MAX_BYTES) for text in value]
    return value


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from _texts(item)
