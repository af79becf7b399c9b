"""The items that change together with a model to keep lists and totals right: those of its tags, and counters.

Counters are spread over shards, so that models created at the same time seldom write to the same item.
"""

from collections.abc import Mapping

from functions.registry.store.items import Item, model_key
from functions.registry.store.list_keys import ModelList, index_attributes, lists_of, shard_of, tag_lists_of
from functions.registry.stored import StoredModel

TAG_PREFIX, COUNT_PREFIX = "TAG#", "COUNT#"
TOTAL = "models"
Key = tuple[str, str]


def tag_items(model: StoredModel | None) -> dict[Key, Item]:
    """The model's tag items by key, one for each tag; empty without a model."""
    if model is None:
        return {}
    found = {}
    for one in tag_lists_of(model):
        pk, sk = model_key(model.id)["pk"], f"{TAG_PREFIX}{one.value}"
        found[pk, sk] = {"pk": pk, "sk": sk, **index_attributes([one], model)}
    return found


def counter(model_list: ModelList) -> tuple[str, str]:
    """The partition key of the items that hold a list's counters, and the counter's attribute.

    Frameworks, statuses and visibilities are few, so their counters are in the items of their tenant.
    """
    if model_list.kind == "tenant":
        return f"TENANT#{model_list.tenant_id}", TOTAL
    if model_list.kind in ("owner", "tag"):
        return f"{model_list.kind.upper()}#{model_list.key}", TOTAL
    return f"TENANT#{model_list.tenant_id}", f"{model_list.kind}:{model_list.value}"


def counted(model: StoredModel | None) -> dict[Key, dict[str, int]]:
    """The counts that the model contributes, by key and attribute; empty without a model."""
    found: dict[Key, dict[str, int]] = {}
    if model is None:
        return found
    for one in (*(one for one in lists_of(model) if one.kind not in ("shard", "public")), *tag_lists_of(model)):
        pk, attribute = counter(one)
        found.setdefault((pk, f"{COUNT_PREFIX}{shard_of(model.id)}"), {})[attribute] = 1
    return found


def difference(
    before: Mapping[Key, Mapping[str, int]], after: Mapping[Key, Mapping[str, int]]
) -> dict[Key, dict[str, int]]:
    """The numbers to add to the counters to get from `before` to `after`, without zeros."""
    found = {}
    for key in {**before, **after}:
        old, new = before.get(key, {}), after.get(key, {})
        differences = {name: new.get(name, 0) - old.get(name, 0) for name in {**old, **new}}
        if changed := {name: by for name, by in differences.items() if by}:
            found[key] = changed
    return found
