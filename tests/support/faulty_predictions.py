"""A program that predicts over real sockets on loopback, with faults by the number in the row. It prints its port.

It needs the standard library alone, so it starts at once and takes no turns from the client that it serves.
"""

import asyncio
import json
import sys

RESETS, REFUSALS, SLOW = 7, 107, 207  # numbers modulo 300: a hundredth of all in sum
_CYCLE = 300
_HANG = 60.0  # seconds


class Server:
    """Answers with the row's number. A fault meets the first attempt alone. `most` counts connections at once."""

    def __init__(self) -> None:
        self.open = self.most = self.made = 0
        self.seen: set[int] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open, self.made = self.open + 1, self.made + 1
        self.most = max(self.most, self.open)
        try:
            while await self._answered(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
        body = await reader.readexactly(int(lengths[0]) if lengths else 0)
        if not body:
            _send(writer, 200, {"most": self.most, "made": self.made, "seen": len(self.seen)})
            return True
        row = json.loads(body)["features"][0]
        fault = 0 if row in self.seen else row % _CYCLE
        self.seen.add(row)
        if fault == RESETS:
            writer.transport.abort()
            return False
        if fault == SLOW:
            await asyncio.wait_for(reader.read(1), _HANG)  # until the client leaves
            return False
        if fault == REFUSALS:
            problem = {"status": 503, "code": "unavailable", "detail": "busy", "errors": []}
            _send(writer, 503, problem, "retry-after: 0\r\n")
        else:
            _send(writer, 200, _prediction(row))
        await writer.drain()
        return True


def _prediction(row: int) -> dict[str, object]:
    shared = {
        "class_name": f"c{row}",
        "model_id": "m",
        "version": "1.0.0",
        "cached": False,
        "duration_ms": 1.0,
        "prediction_id": "p",
        "rollout": None,
    }
    return {"prediction": row, "outputs": {}, **shared}


def _send(writer: asyncio.StreamWriter, status: int, body: object, headers: str = "") -> None:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n{headers}\r\n"
    writer.write(head.encode() + data)


async def main(seconds: float) -> None:
    """Serves for so many seconds at most."""
    server = await asyncio.start_server(Server().connected, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(seconds)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
