"""Admission with the template's limits, counted in memory."""

from maas.domain.identity.registration import AdmissionRules, Registration
from maas.services.admission import Admission
from tests.fakes.attempts import FakeAttempts


def admission_in_memory(registration: Registration = Registration.OPEN) -> Admission:
    return Admission(FakeAttempts(), AdmissionRules(registration, failures=100, registrations=20))
