"""`local up` whose registry takes callers as their tokens say: `python -m tests.benchmarks.unchecked up --fresh`.

Only for the price of access that ends: nobody's access ends in this stack before its token expires.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace

from functions.registry.__main__ import main as registry
from functions.registry.server.standings import Standings
from local import cli
from local.servers import launchers
from local.servers.managed_process import ProcessSpec
from local.template.specs import ContainerSpec
from maas.domain.identity.principals import Principal

_REGISTRY = "registry"
_container = launchers.container


async def _as_the_token_says(_standings: Standings, by: Principal) -> Principal:
    return by


def _unchecked(spec: ContainerSpec, port: int, settings: Mapping[str, str], keys: Mapping[str, str]) -> ProcessSpec:
    return replace(_container(spec, port, settings, keys), argv=[sys.executable, "-m", __spec__.name, _REGISTRY])


def main() -> int:
    if sys.argv[1:] == [_REGISTRY]:
        Standings.current = _as_the_token_says  # type: ignore[assignment, method-assign]
        return registry()
    launchers.container = _unchecked
    return int(cli.main() or 0)


if __name__ == "__main__":
    sys.exit(main())
