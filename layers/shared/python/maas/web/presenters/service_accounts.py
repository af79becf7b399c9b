"""Service accounts between the domain and the contract."""

from maas.contracts.service_accounts import CreateServiceAccount, PatchServiceAccount, ServiceAccountAnswer
from maas.domain.identity.accounts import User
from maas.domain.identity.service_accounts import AccountTerms


def new_account_terms(body: CreateServiceAccount) -> AccountTerms:
    return AccountTerms(name=body.name, roles=body.roles)


def account_terms(body: PatchServiceAccount) -> AccountTerms:
    return AccountTerms(name=body.name, roles=body.roles, disabled=body.disabled)


def service_account_answer(account: User) -> ServiceAccountAnswer:
    return ServiceAccountAnswer(
        id=account.id,
        name=account.name,
        roles=sorted(account.roles),
        disabled=account.disabled,
        created_at=account.created_at,
    )
