"""A new folder whose stack lets nobody register: it has the printed user, and no other one."""

from pathlib import Path

import httpx2

from tests.e2e.problems import assert_problem
from tests.support.stacks import STARTED, running_stack

AUTH = "/api/v1/auth"


def test_a_new_folder_with_closed_registration_has_its_user_alone(tmp_path: Path) -> None:
    with running_stack(tmp_path, STARTED[0], "--parameter", "Registration=closed") as stack:
        user = {name: stack.ready["user"][name] for name in ("email", "password")}
        with httpx2.Client(base_url=stack.ready["gateway"], trust_env=False, timeout=30) as http:
            login = http.post(f"{AUTH}/login", json=user)
            assert login.status_code == 200
            me = http.get("/api/v1/users/me", headers={"authorization": f"Bearer {login.json()['access_token']}"})
            assert me.json()["tenant_id"] == stack.ready["user"]["tenant_id"]
            other = http.post(f"{AUTH}/register", json={"email": "eve@example.com", "password": user["password"]})
    assert_problem(other, 403, "registration_closed")
