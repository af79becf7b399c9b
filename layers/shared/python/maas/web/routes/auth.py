"""Routes of accounts and tokens."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, Response

from maas.contracts.auth import (
    HealthAnswer,
    KeysAnswer,
    LoginBody,
    RefreshTokenBody,
    RegisterBody,
    TokenAnswer,
    UserAnswer,
)
from maas.domain.errors import InvalidInput, OrganizationRequired, Rule
from maas.services.accounts import AccountService, Profile
from maas.services.admission import Admission
from maas.services.joining import JoinService
from maas.services.registrations import RegistrationService
from maas.web.client import RequestClient
from maas.web.presenters.accounts import accepted_answer, organization_choice, token_answer, user_answer
from maas.web.strict import StrictRoute

# Paths that need no principal.
PUBLIC = frozenset(
    {
        "/api/v1/auth/register",
        "/api/v1/auth/login",
        "/api/v1/auth/refresh",
        "/api/v1/auth/logout",
        "/api/v1/auth/email/verification",
        "/api/v1/auth/email/verify",
        "/api/v1/auth/token",
        "/api/v1/auth/password/forgot",
        "/api/v1/auth/password/reset",
        "/.well-known/jwks.json",
        "/healthz",
    }
)
# Seconds that clients may cache the public keys. A new key is published 10 minutes before it signs (decision 0015).
KEYS_MAX_AGE = 300


async def _no_store(response: Response) -> None:
    """Forbids caches to store the answer, which has tokens in it (RFC 6749, 5.1)."""
    response.headers["cache-control"] = "no-store"


class _Auth:
    def __init__(
        self,
        accounts: AccountService,
        registrations: RegistrationService,
        joining: JoinService,
        admission: Admission,
        public_keys: Callable[[], list[dict[str, str]]],
    ) -> None:
        self._accounts = accounts
        self._registrations = registrations
        self._joining = joining
        self._admission = admission
        self._public_keys = public_keys

    async def register(self, body: RegisterBody, client: RequestClient) -> UserAnswer | Response:
        with self._admission.registration(body.email, client.address, invited=body.invitation is not None):
            if body.invitation is not None:
                return user_answer(self._join(body, body.invitation))
            profile = self._registrations.register(**body.model_dump(exclude={"invitation"}))
        return user_answer(profile) if profile else accepted_answer()

    def _join(self, body: RegisterBody, invitation: str) -> Profile:
        if body.organization is not None:
            message = "must not be given with an invitation, which is for an organization that there is"
            raise InvalidInput.of("organization", Rule.EXCLUSIVE, message)
        if body.verification is not None:
            message = "must not be given with an invitation, which has a token of its own"
            raise InvalidInput.of("verification", Rule.EXCLUSIVE, message)
        return self._joining.join(invitation, email=body.email, password=body.password, name=body.name)

    async def login(self, body: LoginBody, client: RequestClient) -> TokenAnswer | Response:
        try:
            with self._admission.sign_in(body.email, client.address):
                granted = self._accounts.login(
                    email=body.email,
                    password=body.password,
                    scope=body.scope,
                    organization=body.organization,
                    client=client,
                )
        except OrganizationRequired as error:
            return organization_choice(error)
        return token_answer(granted)

    async def refresh(self, body: RefreshTokenBody) -> TokenAnswer:
        return token_answer(self._accounts.refresh(body.refresh_token))

    async def logout(self, body: RefreshTokenBody) -> None:
        self._accounts.logout(body.refresh_token)

    async def keys(self, response: Response) -> KeysAnswer:
        response.headers["cache-control"] = f"public, max-age={KEYS_MAX_AGE}"
        return KeysAnswer(keys=self._public_keys())

    async def health(self) -> HealthAnswer:
        return HealthAnswer()


def auth_routes(
    accounts: AccountService,
    registrations: RegistrationService,
    joining: JoinService,
    admission: Admission,
    public_keys: Callable[[], list[dict[str, str]]],
) -> APIRouter:
    routes = _Auth(accounts, registrations, joining, admission, public_keys)
    router = APIRouter(route_class=StrictRoute)
    private = [Depends(_no_store)]
    router.add_api_route(
        "/api/v1/auth/register", routes.register, methods=["POST"], status_code=201, response_model=UserAnswer
    )
    router.add_api_route(
        "/api/v1/auth/login", routes.login, methods=["POST"], response_model=TokenAnswer, dependencies=private
    )
    router.add_api_route("/api/v1/auth/refresh", routes.refresh, methods=["POST"], dependencies=private)
    router.add_api_route("/api/v1/auth/logout", routes.logout, methods=["POST"], status_code=204)
    router.add_api_route("/.well-known/jwks.json", routes.keys, methods=["GET"])
    router.add_api_route("/healthz", routes.health, methods=["GET"])
    return router
