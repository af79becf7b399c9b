"""The times of mails to each address, with and without an account."""

from datetime import datetime, timedelta

from maas.adapters.aws.identity.table import IdentityTable, Write
from maas.wire.identity import accounts as items

_DUE = "attribute_not_exists(pk) OR mailed_at <= :before"
# The table's TTL deletes the item after that; a pause is shorter.
_KEPT = timedelta(hours=1)


class DynamoMailPauses:
    """The MailPauses port."""

    def __init__(self, table: IdentityTable) -> None:
        self._table = table

    def claim(self, email: str, kind: str, now: datetime, before: datetime) -> bool:
        arguments = {
            "Key": items.mail_key(email, kind),
            "UpdateExpression": "SET mailed_at = :now, expires = :expires",
            "ConditionExpression": _DUE,
            "ExpressionAttributeValues": {
                ":now": int(now.timestamp()),
                ":before": int(before.timestamp()),
                ":expires": int((now + _KEPT).timestamp()),
            },
        }
        return self._table.commits([Write("Update", arguments)], ())
