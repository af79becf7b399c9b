"""The predictor's process, `python -m functions.predictor`: start, signals, exit status."""

import asyncio
import signal
import sys

from functions.predictor.container import Predictor
from functions.predictor.settings import Settings
from maas.domain.errors import Unavailable
from maas.grpc_server.buffered_log import buffer_log
from maas.platform.environment import SettingsError, read
from maas.platform.observability import logger


async def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT. Raises SettingsError or Unavailable if it can't start."""
    stopped = asyncio.Event()
    # First of all: the kernel ignores a signal to process 1 that has no handler.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    buffer_log()
    predictor = Predictor(settings)
    await predictor.start()
    logger.info("predictor serves", listen=settings.listen, port=predictor.server.port)
    await stopped.wait()
    await predictor.stop()
    logger.info("predictor stopped")


def main() -> int:
    """The exit status: 2 for a wrong setting, 1 if the keys can't be read."""
    try:
        asyncio.run(serve(read(Settings)))
    except SettingsError as error:
        sys.stderr.write(f"predictor: {error}\n")
        return 2
    except Unavailable as error:
        sys.stderr.write(f"predictor: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
