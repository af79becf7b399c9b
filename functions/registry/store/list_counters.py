"""What a change of a model changes beside it, so that lists and their totals are right: tag items and counters.

Counters are spread over shards, so that models created at once seldom meet at one item.
"""

from collections.abc import Mapping

from functions.registry.store.items import Item, model_key
from functions.registry.store.list_keys import ModelList, index_attributes, lists_of, shard_of, tag_lists_of
from functions.registry.stored import StoredModel

TAG_PREFIX, COUNT_PREFIX = "TAG#", "COUNT#"
TOTAL = "models"
Key = tuple[str, str]


def tag_items(model: StoredModel | None) -> dict[Key, Item]:
    """One item for each tag, by its key."""
    if model is None:
        return {}
    found = {}
    for one in tag_lists_of(model):
        pk, sk = model_key(model.id)["pk"], f"{TAG_PREFIX}{one.value}"
        found[pk, sk] = {"pk": pk, "sk": sk, **index_attributes([one], model)}
    return found


def counter(of: ModelList) -> tuple[str, str]:
    """The partition that holds a list's counters, and the attribute that counts in them.

    Frameworks, statuses and visibilities are few: their counts lie beside their tenant's.
    """
    if of.kind == "tenant":
        return f"TENANT#{of.tenant_id}", TOTAL
    if of.kind in ("owner", "tag"):
        return f"{of.kind.upper()}#{of.key}", TOTAL
    return f"TENANT#{of.tenant_id}", f"{of.kind}:{of.value}"


def counted(model: StoredModel | None) -> dict[Key, dict[str, int]]:
    """What the model adds to which counters."""
    found: dict[Key, dict[str, int]] = {}
    if model is None:
        return found
    for one in (*(one for one in lists_of(model) if one.kind != "shard"), *tag_lists_of(model)):
        pk, attribute = counter(one)
        found.setdefault((pk, f"{COUNT_PREFIX}{shard_of(model.id)}"), {})[attribute] = 1
    return found


def difference(
    before: Mapping[Key, Mapping[str, int]], after: Mapping[Key, Mapping[str, int]]
) -> dict[Key, dict[str, int]]:
    """What has to be added to the counters; only what changes."""
    found = {}
    for key in {**before, **after}:
        was, becomes = before.get(key, {}), after.get(key, {})
        moved = {name: becomes.get(name, 0) - was.get(name, 0) for name in {**was, **becomes}}
        if changed := {name: by for name, by in moved.items() if by}:
            found[key] = changed
    return found
