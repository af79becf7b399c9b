"""The predictor's process, `python -m functions.predictor`."""

import sys
from functools import partial

from functions.predictor.container import Predictor
from functions.predictor.settings import Settings
from maas.grpc_server.process import exit_status, serve
from maas.platform.environment import read


async def _serve() -> None:
    settings = read(Settings)
    await serve("predictor", partial(Predictor, settings), listen=settings.listen)


def main() -> int:
    return exit_status("predictor", _serve)


if __name__ == "__main__":
    sys.exit(main())
