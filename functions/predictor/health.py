"""Health check of the predictor on this machine: `python -m functions.predictor.health`.

The exit status is 0 for SERVING. Otherwise it is 1, and one line on stderr gives the reason. The containers' health
checks run this program.
"""

import sys

from functions.predictor.settings import Settings
from maas.grpc_server.health_check import exit_status
from maas.platform.environment import read


def main() -> int:
    return exit_status("predictor", lambda: read(Settings))


if __name__ == "__main__":
    sys.exit(main())
