"""The writes that keep an e-mail address and its memberships together. The address's item counts them."""

from typing import Any

from maas.adapters.aws.identity.events import email_verified
from maas.adapters.aws.identity.table import IdentityTable, Write
from maas.domain.identity.accounts import MEMBERSHIPS_MAX, Credentials, User
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.identity.invitations import already_member, too_many_organizations
from maas.domain.identity.races import Outdated
from maas.wire.identity import accounts as items

# Writes of a transaction, and the events of what they change but those of the new member itself.
Changes = tuple[list[Write], list[IdentityEvent]]
_ONLY_NEW = "attribute_not_exists(pk)"


def new_address(user: User, password_hash: str) -> list[Write]:
    """The address of a person's first membership."""
    put = {"Item": items.credentials_item(user, password_hash), "ConditionExpression": _ONLY_NEW}
    return [Write("Put", put, Outdated())]


def further_membership(table: IdentityTable, user: User, known: Credentials) -> Changes:
    """One more membership of an address with credentials, which have to be those that the person has shown.

    It verifies the address if the new member's is and the others' are not.
    """
    if known.memberships >= MEMBERSHIPS_MAX:
        raise too_many_organizations()
    if known.tenant_id == user.tenant_id:
        raise already_member()
    put = {"Item": items.membership_item(user), "ConditionExpression": _ONLY_NEW}
    unchanged, values = _as_read(known)
    values |= {":hash": known.password_hash, ":more": known.memberships + 1}
    condition = f"password_hash = :hash AND {unchanged}"
    update, others, events = "SET memberships = :more", list[Write](), list[IdentityEvent]()
    if user.email_verified and not known.verified:
        update, values[":true"] = f"{update}, verified = :true", True
        others, events = _verified_members(table, user.email, known)
    return [Write("Put", put, already_member()), _counted(user.email, update, condition, values), *others], events


def verified_address(table: IdentityTable, email: str, known: Credentials) -> Changes:
    """An address whose password and memberships are those of `known`, as one whose mail the person reads."""
    unchanged, values = _as_read(known)
    values |= {":hash": known.password_hash, ":true": True}
    address = _counted(email, "SET verified = :true", f"password_hash = :hash AND {unchanged}", values)
    members, events = _verified_members(table, email, known)
    return [address, *members], events


def _verified_members(table: IdentityTable, email: str, known: Credentials) -> Changes:
    members, values = member_keys(table, email, known).items(), {":true": True}
    writes = [changed_member(items.user_key(*each), "SET email_verified = :true", values) for each in members]
    return writes, [email_verified(*each) for each in members]


def changed_member(
    key: dict[str, str],
    update: str,
    values: dict[str, Any],
    refused: Exception | None = None,
) -> Write:
    """The change of an item that has to be there."""
    arguments: dict[str, Any] = {
        "Key": key,
        "UpdateExpression": update,
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": values,
    }
    return Write("Update", arguments, refused or Outdated())


def changed_password(email: str, known: Credentials, successor: Credentials) -> Write:
    """Another password of an address whose password and memberships are those of `known`."""
    unchanged, values = _as_read(known)
    values |= {":hash": known.password_hash, ":new": successor.password_hash, ":id": successor.password_id}
    update = "SET password_hash = :new, password_id = :id"
    if successor.verified:
        update, values[":true"] = f"{update}, verified = :true", True
    return _counted(email, update, f"password_hash = :hash AND {unchanged}", values)


def member_keys(table: IdentityTable, email: str, known: Credentials) -> dict[str, str]:
    """The ids of the members with this address, by their organizations."""
    members = {known.tenant_id: known.user_id}
    if known.memberships > 1:
        prefix = items.membership_key(email, "")["sk"]
        further = table.query(items.credentials_key(email)["pk"], begins_with=prefix)
        members |= {item["sk"].removeprefix(prefix): item["user_id"] for item in further}
    return members


def without_membership(table: IdentityTable, user: User) -> list[Write]:
    """One membership less; the last one takes the address with it, and the first one hands its place on."""
    item = table.get(items.credentials_key(user.email))
    if item is None:
        return []
    known = items.credentials_of(item)
    unchanged, values = _as_read(known)
    is_first = (known.tenant_id, known.user_id) == (user.tenant_id, user.id)
    if known.memberships == 1 and is_first:
        delete = {"Key": items.credentials_key(user.email), "ConditionExpression": unchanged}
        return [Write("Delete", {**delete, "ExpressionAttributeValues": values}, Outdated())]
    values |= {":less": known.memberships - 1}
    if not is_first:
        update, gone = "SET memberships = :less", items.membership_key(user.email, user.tenant_id)
    else:
        heir = next(table.query(item["pk"], begins_with="MEMBER#"), None)
        if heir is None:
            raise Outdated
        update, gone = "SET memberships = :less, tenant_id = :heir, user_id = :person", _key(heir)
        values |= {":heir": heir["sk"].removeprefix("MEMBER#"), ":person": heir["user_id"]}
    delete = {"Key": gone, "ConditionExpression": "attribute_exists(pk)"}
    return [_counted(user.email, update, unchanged, values), Write("Delete", delete, Outdated())]


def _as_read(known: Credentials) -> tuple[str, dict[str, Any]]:
    """The condition that the memberships are those of `known`, with its values. A missing count is one."""
    missing = "attribute_not_exists(memberships) OR " if known.memberships == 1 else ""
    condition = f"tenant_id = :tenant AND ({missing}memberships = :count)"
    return condition, {":tenant": known.tenant_id, ":count": known.memberships}


def _counted(email: str, update: str, condition: str, values: dict[str, Any]) -> Write:
    arguments = {
        "Key": items.credentials_key(email),
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }
    return Write("Update", arguments, Outdated())


def _key(item: dict[str, Any]) -> dict[str, str]:
    return {"pk": item["pk"], "sk": item["sk"]}
