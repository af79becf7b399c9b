"""Grants: a role on one model for a user, a service account, an API key, or another organization."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maas.domain.errors import InvalidInput, NotFound, Rule
from maas.domain.identity.principals import GRANT_ROLES, Principal, Role
from maas.domain.ids import known_id

# Grants on one model, and grants that one subject has. The registry reads all of a subject's grants at once.
MODEL_GRANTS_MAX, SUBJECT_GRANTS_MAX = 200, 1_000
# Grants that one organization gives to another one, which is not asked before. Those that it gives back count on.
GUEST_GRANTS_MAX = 100
_KEY_ID = re.compile(r"[0-9A-Za-z]{16}")


class SubjectKind(StrEnum):
    """Whom a grant is for."""

    USER = "user"
    SERVICE_ACCOUNT = "service_account"
    KEY = "key"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelGrant:
    """The role of one subject on one model. `tenant_id` is the model's organization, which alone gives grants.

    `subject` is the id of a user, service account or key of this organization, or of another organization.
    """

    model_id: str
    tenant_id: str
    subject: str
    kind: SubjectKind
    role: Role
    granted_by: str
    granted_at: datetime

    @property
    def is_guest(self) -> bool:
        """Returns whether the grant is for another organization."""
        return self.holder == guest(self.subject)

    @property
    def holder(self) -> str:
        """The holder of the right, by which grants are stored and read."""
        return holder(self.kind, self.subject, self.tenant_id)


@dataclass(frozen=True, slots=True)
class WantedGrant:
    """A grant as a caller asks for it."""

    subject: str
    kind: str
    role: str

    def checked(self) -> tuple[str, SubjectKind, Role]:
        """Subject, kind and role in stored form.

        Raises:
            InvalidInput: kind or role is not one of those that can be granted.
            NotFound: no subject of this kind has an id of this form.
        """
        kinds, roles = sorted(SubjectKind), sorted(GRANT_ROLES)
        if self.kind not in kinds:
            raise InvalidInput.of("kind", Rule.ENUM, f"must be {' or '.join(kinds)}")
        if self.role not in roles:
            raise InvalidInput.of("role", Rule.ENUM, f"must be {' or '.join(roles)}")
        kind, subject = SubjectKind(self.kind), subject_id(self.subject)
        if (kind is SubjectKind.KEY) is not bool(_KEY_ID.fullmatch(subject)):
            raise NotFound.of("subject", kind.replace("_", " "), subject)
        return subject, kind, Role(self.role)


def holder(kind: SubjectKind, subject: str, giver: str) -> str:
    """The kind and id of a holder of grants: an id of one kind gets no right that another kind was given.

    People and service accounts are both members, whose kind is not known before their record is read. An organization
    holds what the organization `giver` gives to it as its guest: those grants don't count among its own.
    """
    if kind is SubjectKind.ORGANIZATION and subject != giver:
        return guest(subject)
    return f"{SubjectKind.USER if kind is SubjectKind.SERVICE_ACCOUNT else kind}#{subject}"


def guest(tenant_id: str) -> str:
    """An organization as the holder of grants that other organizations give."""
    return f"guest#{tenant_id}"


def holding_kind(text: str) -> SubjectKind:
    """Whose grants a caller asks for: `user` are its own, also for an empty text. Raises InvalidInput."""
    kinds = (SubjectKind.USER, SubjectKind.ORGANIZATION)
    if text not in ("", *kinds):
        raise InvalidInput.of("holder", Rule.ENUM, f"must be {' or '.join(kinds)}")
    return SubjectKind(text or SubjectKind.USER)


def held_by(by: Principal, kind: SubjectKind) -> tuple[str, tuple[str, ...]]:
    """The subject of these grants, and its holders: an organization has those of its own models and of others."""
    if kind is SubjectKind.ORGANIZATION:
        return by.tenant_id, (holder(kind, by.tenant_id, by.tenant_id), guest(by.tenant_id))
    return by.subject, (holder(kind, by.subject, by.tenant_id),)


def subject_id(text: str) -> str:
    """The id of a subject in canonical form: a UUID, or the 16 characters of a key's id. Raises NotFound."""
    return text if _KEY_ID.fullmatch(text) else known_id("subject", "subject", text)
