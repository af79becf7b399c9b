"""Texts of findings for people. They need the standard library alone."""

from maas.domain.audit.verification import Fault, Finding

MEANINGS = {
    Fault.FORMAT: "is not a record in canonical JSON",
    Fault.EDITED: "was edited: its hash is another one",
    Fault.ORGANIZATION: "is of another organization's log",
    Fault.DROPPED: "is missing",
    Fault.ADDED: "was added: it is in the wrong place, or there a second time",
    Fault.SWAPPED: "was swapped: another record is in its place",
    Fault.REPLACED: "was replaced: its hash fits, and a neighbour knows another one",
    Fault.TIME: "was recorded before the one in front of it",
    Fault.HEAD: "is not the one that the head names",
    Fault.TRUNCATED: "is missing, and so is all behind it, up to a head",
    Fault.FORK: "has two heads that disagree",
}


def sentence(finding: Finding) -> str:
    """Returns one line about the first wrong record, and since which one the log may have been changed."""
    place = f" (id {finding.id}, line {finding.line})" if finding.id else f" (line {finding.line})" * bool(finding.line)
    more = _unvouched(finding) if finding.since < finding.sequence else ""
    return f"{finding.fault}: record {finding.sequence}{place} {MEANINGS[finding.fault]}{more}"


def _unvouched(finding: Finding) -> str:
    """Returns what the heads leave open: a lost end says nothing against the records before it, nor for them."""
    if finding.fault is Fault.TRUNCATED:
        return f"; no head that agrees vouches for the records from {finding.since} on"
    return f"; records from {finding.since} on may have been changed too"
