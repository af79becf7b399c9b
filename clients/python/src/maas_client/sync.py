"""The synchronous client: the asynchronous one, in an event loop of its own thread."""

from typing_extensions import Self, Unpack

from maas_client.client import AsyncClient, ClientOptions
from maas_client.portal import Portal
from maas_client.sync_resources.account import Account
from maas_client.sync_resources.aliases import Aliases
from maas_client.sync_resources.api_keys import ApiKeys
from maas_client.sync_resources.audit import Audit
from maas_client.sync_resources.auth import Auth
from maas_client.sync_resources.captures import Captures
from maas_client.sync_resources.client_methods import ClientMethods
from maas_client.sync_resources.feedback import Feedback
from maas_client.sync_resources.grants import Grants
from maas_client.sync_resources.inference import Inference
from maas_client.sync_resources.jobs import Jobs
from maas_client.sync_resources.models import Models
from maas_client.sync_resources.monitoring import MonitoringResource
from maas_client.sync_resources.rollouts import Rollouts
from maas_client.sync_resources.service_accounts import ServiceAccounts
from maas_client.sync_resources.trusted_issuers import TrustedIssuers
from maas_client.sync_resources.uploads import Uploads
from maas_client.sync_resources.usage import Usage
from maas_client.sync_resources.users import Users
from maas_client.sync_resources.versions import Versions
from maas_client.sync_resources.webhooks import Webhooks


class Client(ClientMethods):
    """AsyncClient with calls that block. Threads may share one client. Use it in a `with`, or call `close()`."""

    def __init__(self, url: str | None = None, **options: Unpack[ClientOptions]) -> None:
        inner = AsyncClient(url, **options)
        portal = Portal()
        super().__init__(portal, inner)
        self.url = inner.url
        self.auth = Auth(portal, inner.auth)
        self.account = Account(portal, inner.account)
        self.models = Models(portal, inner.models)
        self.versions = Versions(portal, inner.versions)
        self.aliases = Aliases(portal, inner.aliases)
        self.rollouts = Rollouts(portal, inner.rollouts)
        self.monitoring = MonitoringResource(portal, inner.monitoring)
        self.captures = Captures(portal, inner.captures)
        self.uploads = Uploads(portal, inner.uploads)
        self.inference = Inference(portal, inner.inference)
        self.feedback = Feedback(portal, inner.feedback)
        self.jobs = Jobs(portal, inner.jobs)
        self.api_keys = ApiKeys(portal, inner.api_keys)
        self.users = Users(portal, inner.users)
        self.service_accounts = ServiceAccounts(portal, inner.service_accounts)
        self.trusted_issuers = TrustedIssuers(portal, inner.trusted_issuers)
        self.grants = Grants(portal, inner.grants)
        self.webhooks = Webhooks(portal, inner.webhooks)
        self.audit = Audit(portal, inner.audit)
        self.usage = Usage(portal, inner.usage)

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections, and ends the thread and its calls. A client may be closed twice."""
        self._portal.close(self._inner.aclose)
