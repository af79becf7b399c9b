"""Use of quotas and of request limits between the domain and the contract."""

from maas.contracts.usage import QuotaAnswer, RequestsAnswer, UsageAnswer
from maas.services.usage import Room


def usage_answer(room: Room) -> UsageAnswer:
    return UsageAnswer(
        quotas={each.quota: QuotaAnswer(limit=each.limit or None, use=each.use) for each in room.quotas},
        requests={
            each.quota.name: RequestsAnswer(
                limit=each.quota.requests, remaining=each.remaining, resets_in=each.resets_in
            )
            for each in room.requests
        },
    )
