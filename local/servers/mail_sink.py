"""An SMTP server on loopback that delivers every mail into a folder, as a file that people can read.

`python -m local.servers.mail_sink PORT FOLDER`. A file's name begins with the time, so the newest is the last. The
oldest files beyond KEPT are removed.
"""

import asyncio
import os
import re
import signal
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from local.public.names import LOOPBACK
from local.servers.ports import listen

KEPT, SIZE_MAX = 1_000, 1024 * 1024


class Mailbox:
    """aiosmtpd's handler. Only the owner of the folder can read its files."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        """Writes the mail under another name first, so a reader never sees half of it."""
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        recipient = re.sub(r"[^A-Za-z0-9@._+-]", "_", ",".join(envelope.rcpt_tos))[:100]
        partial = self._folder / f".{os.getpid()}-{next(self._numbers)}"
        partial.touch(0o600)
        partial.write_bytes((envelope.original_content or b"").replace(b"\r\n", b"\n"))
        partial.rename(self._folder / f"{now} {recipient}.eml")
        for old in sorted(self._folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return "250 OK"


async def serve(port: int, folder: Path) -> None:
    """Serves until SIGTERM. Raises StackError if the port can't be used."""
    folder.mkdir(mode=0o700, exist_ok=True)
    mailbox, loop, ended = Mailbox(folder), asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)

    def session() -> SMTP:
        return SMTP(mailbox, hostname="localhost", enable_SMTPUTF8=True, data_size_limit=SIZE_MAX, loop=loop)

    server = await loop.create_server(session, sock=listen(port, LOOPBACK))
    await ended.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
