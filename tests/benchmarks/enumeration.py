"""Compares the answers and times for known addresses with those for unknown ones.

`python -m tests.benchmarks.enumeration READY_FILE [PAIRS [NAME ...]]`; NAMEs select requests. READY_FILE is that of a
stack that was started with `--fresh --parameter Registration=verified`: each pair registers a user of its own by the
token of a mail. The two requests of a pair follow each other, and every other pair begins with the unknown address.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from local.demo import registration
from local.demo.client import Api
from tests.support.timed_pairs import Ask, asking, medians, new_address, pairs

PASSWORD = "correct horse battery"
# What is answered after a second waits most of its time, so several pairs are asked at once.
WAITING = 3
AUTH = "/api/v1/auth"


def asks(client: httpx2.Client, api: Api) -> dict[str, tuple[Ask, int]]:
    """Each request that takes an address, and how many pairs of it are asked at once."""
    admin = {"authorization": f"Bearer {api.token}"}
    return {
        "login": (asking(client, f"{AUTH}/login", password="another horse battery"), 1),
        "register": (asking(client, f"{AUTH}/register", password=PASSWORD), WAITING),
        "verification": (asking(client, f"{AUTH}/email/verification"), WAITING),
        "forgot": (asking(client, f"{AUTH}/password/forgot"), WAITING),
        "invite": (asking(client, "/api/v1/users/invitations", admin, roles=["viewer"]), 1),
    }


def main(ready_file: Path, number: int, names: list[str]) -> None:
    ready = json.loads(ready_file.read_text())
    with httpx2.Client(base_url=ready["gateway"], trust_env=False, timeout=60) as client:
        api, mailbox = Api(ready["gateway"], client), Path(ready["mailbox"])

        def register(email: str) -> str:
            registration.register(api, {"email": email, "password": PASSWORD}, mailbox)
            return email

        with ThreadPoolExecutor(WAITING) as threads:
            known = list(threads.map(register, [new_address() for _ in range(number)]))
        print(f"| medians of {number} pairs, in ms | known | unknown | difference |\n| --- | --- | --- | --- |")
        for name in names or asks(client, api):
            # 200 invitations are open at most, and 200 mailed: each 90 pairs are of another organization.
            found = []
            for start in range(0, number, 90):
                login = {"email": register(new_address()), "password": PASSWORD}
                api.token = client.post(f"{AUTH}/login", json=login).json()["access_token"]
                ask, at_once = asks(client, api)[name]
                found += pairs(ask, known[start : start + 90], at_once)
            assert all(of_known.seen == of_unknown.seen for of_known, of_unknown in found), name
            first, second = (1000 * each for each in medians(found))
            print(f"| {name} | {first:.1f} | {second:.1f} | {first - second:+.1f} |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200, sys.argv[3:])
