"""The channel, which the adapters of the registry's ports have in common."""

from maas.adapters.registry.channel import RegistryChannel
from maas.adapters.registry.service_tokens import ServiceTokens
from maas.security.keyring import TokenKeys


class RegistryCalls:
    """The base of each part of the registry over gRPC. A process that needs several parts makes one class of them.

    `address` is host:port or any gRPC name; `keys` sign the calls.
    `roots` None means plaintext. Otherwise TLS trusts these PEM certificates, or the public ones if empty.
    """

    def __init__(self, address: str, keys: TokenKeys, roots: str | None = None) -> None:
        self._channel = RegistryChannel(address, ServiceTokens(keys), roots)
        self._call = self._channel.call

    async def health(self, service: str, seconds: float) -> bool | None:
        """See RegistryChannel.health."""
        return await self._channel.health(service, seconds)

    async def close(self) -> None:
        await self._channel.close()
