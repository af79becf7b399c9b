"""The registry's process, `python -m functions.registry`."""

import sys

from functions.registry.container import Registry
from functions.registry.settings import Settings
from maas.grpc_server.process import exit_status, serve
from maas.platform.environment import read
from maas.platform.settings.registry import CacheSettings


async def _serve() -> None:
    settings = read(Settings)
    await serve("registry", lambda: Registry(settings, read(CacheSettings)), listen=settings.listen, auth=settings.auth)


def main() -> int:
    return exit_status("registry", _serve)


if __name__ == "__main__":
    sys.exit(main())
