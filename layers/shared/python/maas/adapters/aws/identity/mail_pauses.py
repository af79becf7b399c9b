"""The times of mails, in the items of their addresses."""

from datetime import datetime

from maas.adapters.aws.identity.table import IdentityTable, Refused, Write
from maas.wire.identity import accounts as items

_DUE = "attribute_exists(pk) AND (attribute_not_exists(mailed_at) OR mailed_at <= :before)"


class DynamoMailPauses:
    """The MailPauses port."""

    def __init__(self, table: IdentityTable) -> None:
        self._table = table

    def claim(self, email: str, now: datetime, before: datetime) -> bool:
        arguments = {
            "Key": items.credentials_key(email),
            "UpdateExpression": "SET mailed_at = :now",
            "ConditionExpression": _DUE,
            "ExpressionAttributeValues": {":now": int(now.timestamp()), ":before": int(before.timestamp())},
        }
        try:
            self._table.transact([Write("Update", arguments)], ())
        except Refused:
            return False
        return True
