"""Addresses whose mail their people read."""

from maas.adapters.aws.identity.addresses import verified_address
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.identity.accounts import Credentials


class DynamoVerifications:
    """The Verifications port."""

    def __init__(self, table: IdentityTable) -> None:
        self._table = table

    def verify(self, email: str, known: Credentials) -> None:
        self._table.transact(*verified_address(self._table, email, known))
