"""Health check of the registry on this machine: `python -m functions.registry.health`.

The exit status is 0 for SERVING. Otherwise it is 1, and one line on stderr gives the reason. The containers' health
checks run this program.
"""

import sys

from functions.registry.settings import Listen
from maas.grpc_server.health_check import exit_status
from maas.platform.environment import read


def main() -> int:
    return exit_status("registry", lambda: read(Listen))


if __name__ == "__main__":
    sys.exit(main())
