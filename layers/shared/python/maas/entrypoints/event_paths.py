"""The path of an event, which API Gateway has decoded already (docs/decisions/0063-names-for-ids.md)."""

from mangum.handlers.api_gateway import HTTPGateway
from mangum.types import Scope


class DecodedPath(HTTPGateway):
    """Events of HTTP APIs, whose path goes to the routes as it arrived. Mangum would decode it a second time."""

    @property
    def scope(self) -> Scope:
        return {**super().scope, "path": self.event["requestContext"]["http"]["path"] or "/"}
