"""Port of requests to URLs that customers give."""

from typing import Protocol

from maas.domain.outbound.exchange import OutboundAnswer, OutboundLimits, OutboundRequest


class Outbound(Protocol):
    """Sends requests to public addresses alone (on a laptop, if its flag is set, also to loopback ones).

    The name is resolved once, all of its addresses are checked, and the connection goes to one of them. TLS is checked
    against the name. No redirect is followed, no proxy is used, and nothing is retried.
    """

    def send(self, request: OutboundRequest, limits: OutboundLimits = ...) -> OutboundAnswer:
        """The answer, whatever its status is.

        Raises:
            OutboundFailed: there is none; its `fault` is a text for customers.
        """
        ...
