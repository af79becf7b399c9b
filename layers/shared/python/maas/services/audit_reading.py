"""Reading of the audit log, for those who may read it: records, segments with URLs, and the signed head."""

from dataclasses import asdict

from maas.domain import value_rules
from maas.domain.audit.chain import Head, Record
from maas.domain.audit.filters import AuditFilter, Period
from maas.domain.audit.stored import StoredSegment
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.domain.pages import Page
from maas.services.ports.audit import AuditIndex, AuditObjects, HeadSigner
from maas.services.ports.cursors import Cursors

# Seconds for which a URL of a segment can be used.
URL_SECONDS = 900


class AuditReader:
    """Every method raises PermissionDenied unless the caller may read the log of its organization."""

    def __init__(self, index: AuditIndex, objects: AuditObjects, signer: HeadSigner, cursors: Cursors) -> None:
        self._index = index
        self._objects = objects
        self._signer = signer
        self._cursors = cursors

    def page(self, by: Principal, narrowed: AuditFilter, *, limit: int, cursor: str) -> Page[Record]:
        """A page of records, the newest first. It may be short before the end. Raises InvalidInput (limit, cursor)."""
        by.require_in_tenant(Scope.AUDIT_READ)
        of_list = list_of(by, "audit", asdict(narrowed))
        after = self._cursors.decode(cursor, of_list)
        found = self._index.find(by.tenant_id, narrowed, limit=value_rules.limit(limit), after=after)
        return Page(found.items, self._cursors.encode(found.place, of_list))

    def segments(self, by: Principal, period: Period, *, limit: int, cursor: str) -> Page[tuple[StoredSegment, str]]:
        """A page of segments, the oldest first, each with its URL. Raises InvalidInput (limit, cursor)."""
        by.require_in_tenant(Scope.AUDIT_READ)
        of_list = list_of(by, "audit export", asdict(period))
        after = self._cursors.decode(cursor, of_list)
        found = self._index.segments(by.tenant_id, period, limit=value_rules.limit(limit), after=after)
        signed = tuple((segment, self._objects.sign(segment.key, URL_SECONDS)) for segment in found.items)
        return Page(signed, self._cursors.encode(found.place, of_list))

    def head(self, by: Principal) -> tuple[Head, str]:
        """The head as it is now, and its signature."""
        by.require_in_tenant(Scope.AUDIT_READ)
        head = self._index.head(by.tenant_id)
        return head, self._signer.sign(head)
