"""Every route of template.yaml, called in the order in which a client uses them."""

import hashlib
import hmac
from dataclasses import replace

import pytest

from local.demo import upload
from local.gateway.routes import RouteTable
from local.mailbox import Kind, mailed_token
from maas.domain.audit.chain import Head
from maas.domain.audit.verification import Verification, Verified
from tests.e2e.prediction_walks import walk_feedback, walk_monitoring, walk_open_inference, walk_statistics
from tests.samples import onnx_files
from tests.support.exchanged_tokens import ISSUERS, SUBJECT, TOKEN, exchange, made_trust
from tests.support.oidc_issuer import oidc_issuer
from tests.support.stack_users import MODELS, PASSWORD, User
from tests.support.stacks import BOTH, RunningStack
from tests.support.template_routes import declared_routes
from tests.support.waiting import until

FILE = onnx_files.largest_of_four()


def _auth(stack: RunningStack) -> User:
    user = stack.user()
    user.api.get("/healthz")
    assert user.api.get("/readyz")["ready"] is True
    user.api.get("/.well-known/jwks.json")
    assert user.api.get("/openapi.json")["openapi"] == "3.1.0"
    assert user.api.success("GET", "/docs").headers["content-type"] == "text/html; charset=utf-8"
    for path in ("/openapi.json", "/docs"):
        head = user.api.success("HEAD", path)
        assert (head.content, head.headers["etag"]) == (b"", user.api.success("GET", path).headers["etag"])
    renewed = user.api.post("/api/v1/auth/refresh", {"refresh_token": user.login()["refresh_token"]})
    user.api.token = renewed["access_token"]
    assert user.api.get("/api/v1/users/me")["email"] == user.email
    user.api.success("POST", "/api/v1/auth/logout", {"refresh_token": renewed["refresh_token"]})
    assert user.api.request("GET", "/api/v1/users/me").status_code == 401
    user.api.token = user.login()["access_token"]
    return user


def _address(user: User) -> None:
    assert user.api.get("/api/v1/users/me")["email_verified"] is False
    user.api.success("POST", "/api/v1/auth/email/verification", {"email": f"another.{user.email}"})
    body = {"token": mailed_token(user.mailbox, Kind.VERIFICATION, user.email), "password": PASSWORD}
    user.api.success("POST", "/api/v1/auth/email/verify", body)
    assert user.api.get("/api/v1/users/me")["email_verified"] is True


def _forgotten_password(user: User) -> None:
    user.api.success("POST", "/api/v1/auth/password/forgot", {"email": user.email})
    token = mailed_token(user.mailbox, Kind.RESET, user.email)
    user.api.success("POST", "/api/v1/auth/password/reset", {"token": token, "password": PASSWORD})
    assert user.api.request("GET", "/api/v1/users/me").status_code == 401
    user.api.token = user.login()["access_token"]


def _api_keys(user: User) -> None:
    keys = "/api/v1/api-keys"
    made = user.api.post(keys, {"name": "ci", "scopes": ["models:read"]})
    path = f"{keys}/{made['id']}"
    assert user.api.post(f"{path}/rotate", {"grace_seconds": 0})["key"] != made["key"]
    assert user.api.success("PATCH", path, {"name": "cd"}).json()["name"] == "cd"
    assert user.api.get(path)["name"] == "cd"
    assert [key["id"] for key in user.api.get(keys)["items"]] == [made["id"]]
    user.api.success("DELETE", path)


def _account(user: User, other_admin: User) -> None:
    path = "/api/v1/users/me"
    invited = other_admin.invitation(user.email, "viewer")
    joined = user.api.post(f"{path}/organizations", {"invitation": invited})
    listed = {each["id"]: each["user_id"] for each in user.api.get(f"{path}/organizations")["items"]}
    assert listed == {user.tenant_id: user.id, other_admin.tenant_id: joined["id"]}
    other_admin.api.success("DELETE", f"/api/v1/users/{joined['id']}")
    assert user.api.success("PATCH", path, {"name": "Ada"}).json()["name"] == "Ada"
    other = user.login()["refresh_token"].partition(".")[0]
    listed = {session["id"]: session["current"] for session in user.api.get(f"{path}/sessions")["items"]}
    assert listed[other] is False
    assert list(listed.values()).count(True) == 1
    assert user.api.get(f"{path}/sessions/{other}")["current"] is False
    user.api.success("DELETE", f"{path}/sessions/{other}")
    user.api.success("DELETE", f"{path}/sessions")
    user.api.token = user.login()["access_token"]


def _users(user: User) -> None:
    path = "/api/v1/users"
    revoked = user.api.post(f"{path}/invitations", {"email": f"other.{user.email}", "roles": ["viewer"]})
    assert [each["id"] for each in user.api.get(f"{path}/invitations")["items"]] == [revoked["id"]]
    user.api.success("DELETE", f"{path}/invitations/{revoked['id']}")
    colleague = user.colleague("viewer")
    assert {each["id"] for each in user.api.get(path)["items"]} == {user.id, colleague.id}
    user.api.success("PATCH", f"{path}/{colleague.id}", {"roles": ["invoker"]})
    assert user.api.get(f"{path}/{colleague.id}")["roles"] == ["invoker"]
    user.api.success("DELETE", f"{path}/{colleague.id}")


def _audit(user: User) -> None:
    path = "/api/v1/audit"
    model = user.model()
    until(lambda: user.api.get(f"{path}?object=model/{model}&action=ModelCreated")["items"], 60)
    (created,) = user.api.get(f"{path}?object=model/{model}&action=ModelCreated")["items"]
    assert (created["actor"]["subject"], created["organization"]) == (user.id, user.tenant_id)
    segments = user.api.get(f"{path}/export?limit=100")["items"]
    stored = [(user.api.http.get(each["url"]).content, each["sha256"]) for each in segments]
    assert [hashlib.sha256(content).hexdigest() for content, _ in stored] == [sha256 for _, sha256 in stored]
    shown = user.api.get(f"{path}/head")
    last = segments[-1]
    head = Head(user.tenant_id, last["last"], last["hash"])
    lines = b"".join(content for content, _ in stored).splitlines(keepends=True)
    assert Verification([head]).run(lines) == Verified(1, replace(head, recorded_at=last["recorded_at"]), 1, None)
    assert shown["sequence"] >= last["last"]


def _service_accounts(user: User) -> None:
    accounts = "/api/v1/service-accounts"
    path = f"{accounts}/{user.api.post(accounts, {'name': 'ci', 'roles': ['viewer']})['id']}"
    assert user.api.success("PATCH", path, {"roles": ["invoker"]}).json()["roles"] == ["invoker"]
    assert [account["id"] for account in user.api.get(accounts)["items"]] == [user.api.get(path)["id"]]
    user.api.success("DELETE", path)


def _trusted_issuers(user: User, kind: str) -> None:
    with oidc_issuer("ES256") as issuer:
        made = made_trust(user, issuer)
        answer = exchange(user.api, issuer.token("ES256", aud=made["audience"], sub=SUBJECT))
    # A function in a container does not reach an issuer on the machine's loopback.
    assert answer.status_code == (503 if kind == "sam" else 200), answer.text
    path = f"{ISSUERS}/{made['id']}"
    assert user.api.success("PATCH", path, {"name": "cd"}).json()["name"] == "cd"
    assert [each["id"] for each in user.api.get(ISSUERS)["items"]] == [user.api.get(path)["id"]]
    user.api.success("DELETE", path)


def _usage(user: User) -> None:
    before, _ = user.api.get("/api/v1/usage"), user.model()
    after = user.api.get("/api/v1/usage")
    assert after["quotas"]["models"]["use"] == before["quotas"]["models"]["use"] + 1
    assert after["quotas"]["members"] == {"limit": 1000, "use": 1}
    assert set(after["requests"]) == {"organization", "user"}


def _webhooks(user: User) -> None:
    webhooks = "/api/v1/webhooks"
    made = user.api.post(webhooks, {"url": "https://hooks.example.com/", "events": ["ModelDeleted"]})
    path = f"{webhooks}/{made['id']}"
    assert user.api.post(f"{path}/rotate-secret", {"grace_seconds": 60})["secret"] != made["secret"]
    assert user.api.success("PATCH", path, {"description": "ci"}).json()["description"] == "ci"
    assert user.api.get(path)["previous_secret_until"] is not None
    assert [each["id"] for each in user.api.get(webhooks)["items"]] == [made["id"]]
    sent = user.api.post(f"{path}/test")["id"]
    assert user.api.post(f"{path}/deliveries/{sent}/redeliver")["id"] == sent
    assert [each["id"] for each in user.api.get(f"{path}/deliveries")["items"]] == [sent]
    user.api.success("DELETE", path)


def _models(user: User) -> None:
    path = f"{MODELS}/{user.model(description='first')}"
    read = user.api.success("GET", path).headers["etag"]
    second = {"name": f"second {user.email}", "framework": "sklearn"}
    user.api.success("PUT", path, second, headers={"if-match": read})
    user.api.success("PATCH", path, {"description": "third"})
    user.api.success("PATCH", f"{path}/status", {"status": "running"})
    user.api.success("POST", f"{path}/tags", {"tags": ["red", "blue"]})
    user.api.success("DELETE", f"{path}/tags?tag=red")
    user.api.success("PUT", f"{path}/metadata", {"metadata": {"rows": "120"}})
    assert user.api.get(f"{path}/metadata")["metadata"] == {"rows": "120"}
    model = user.api.get(path)
    assert (model["description"], model["framework"], model["status"]) == ("third", "sklearn", "running")
    assert model["tags"] == ["blue"]
    assert [item["id"] for item in user.api.get(f"{MODELS}?tag=blue")["items"]] == [model["id"]]
    grant = f"{path}/grants/{user.id}"
    user.api.success("PUT", grant, {"role": "invoker", "kind": "user"})
    assert [each["role"] for each in user.api.get(f"{path}/grants")["items"]] == ["invoker"]
    assert [each["model_id"] for each in user.api.get("/api/v1/grants?holder=user")["items"]] == [model["id"]]
    user.api.success("DELETE", f"/api/v1/grants/{model['id']}")
    user.api.success("PUT", grant, {"role": "invoker", "kind": "user"})
    user.api.success("DELETE", grant)
    user.api.success("DELETE", path)


def _versions(user: User) -> None:
    model_id = user.draft()
    path = f"{MODELS}/{model_id}"
    aborted = upload.start(user.api, model_id, "1.0.0", "model.onnx", FILE)
    user.api.success("DELETE", f"/api/v1/uploads/{aborted['upload_id']}")
    session = upload.start(user.api, model_id, "1.0.0", "model.onnx", FILE)
    again = user.api.post(f"/api/v1/uploads/{session['upload_id']}/parts", {"parts": [{"part_number": 1}]})
    upload.put_parts(user.api, {**session, "urls": again["urls"]}, FILE)
    assert user.api.get(f"/api/v1/uploads/{session['upload_id']}")["missing"] == []
    upload.complete(user.api, session, FILE)
    assert upload.wait_until_checked(user.api, model_id, "1.0.0")["state"] == "ready"
    user.api.post(f"{path}/versions/1.0.0/publish")
    assert [version["version"] for version in user.api.get(f"{path}/versions")["items"]] == ["1.0.0"]
    assert user.api.get(f"{path}/versions/%3E%3D1%20%3C2")["version"] == "1.0.0"
    files = user.api.get(f"{path}/versions/latest/files")
    assert [file["size"] for file in files["files"]] == [len(FILE)]
    assert user.api.get(f"{path}/versions/latest/downloads")["digest"] == files["digest"]
    assert user.api.get(f"{path}/versions/latest/download")["size"] == len(FILE)
    assert user.api.post(f"{path}/predict", {"features": [0, 0, 9, 0]})["prediction"] == 2
    assert user.api.post("/api/v1/inference", {"model_id": model_id, "features": [[9, 0, 0, 0]]})["predictions"] == [0]
    walk_statistics(user, path)
    walk_monitoring(user, path)
    walk_feedback(user, path)
    assert user.api.post(f"{path}/versions/latest/warm")["version"] == "1.0.0"
    walk_open_inference(user, model_id)
    user.api.success("PATCH", f"{path}/versions/1.0.0", {"changelog": "The largest of four."})
    _jobs(user, model_id)
    _aliases(user, path)
    user.api.success("POST", f"{path}/versions/1.0.0/deprecate")
    draft = user.api.post(f"{path}/versions", {"bump": "minor"})
    _proven(user, path)
    assert (draft["version"], draft["parent"]) == ("1.1.0", "1.0.0")
    assert user.api.get(f"{path}/diff?from=1.0.0&to=1.1.0")["to"]["state"] == "draft"
    assert [entry["version"] for entry in user.api.get(f"{path}/changelog?from=1.0.0&to=1.1.0")["items"]] == []
    user.api.success("DELETE", f"{path}/versions/1.1.0")


def _jobs(user: User, model_id: str) -> None:
    jobs = "/api/v1/inference/jobs"
    path = f"{jobs}/{user.api.post(jobs, {'model_id': model_id, 'features': [0, 0, 9, 0]})['id']}"
    until(lambda: user.api.get(path)["state"] == "succeeded", 60)
    assert [part["rows"] for part in user.api.get(f"{path}/results")["items"]] == [1]
    assert [job["version"] for job in user.api.get(f"{jobs}?state=succeeded")["items"]] == ["1.0.0"]
    content = b"[0, 0, 9, 0]\n"
    body = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert user.api.post("/api/v1/inference/files", body)["headers"]["content-length"] == str(len(content))
    endless = {"model_id": user.publish(onnx_files.counter()), "features": [2**62]}
    job_id = user.api.post(jobs, endless)["id"]
    assert user.api.success("DELETE", f"{jobs}/{job_id}").json()["state"] == "cancelled"


def _proven(user: User, path: str) -> None:
    """Starts an upload of the file that is there already, and proves that it need not be sent."""
    body = {"version": "1.1.0", "filename": "model.onnx", "size": len(FILE), "sha256": hashlib.sha256(FILE).hexdigest()}
    session = user.api.post(f"{path}/upload", body)
    (known,) = session["known"]
    assert known["ranges"] == [[0, len(FILE)]]
    proof = {"path": "model.onnx", "proof": hmac.new(bytes.fromhex(known["nonce"]), FILE, "sha256").hexdigest()}
    proven = user.api.post(f"/api/v1/uploads/{session['upload_id']}/proofs", {"proofs": [proof]})
    assert proven["reused"] == ["model.onnx"]
    user.api.success("DELETE", f"/api/v1/uploads/{session['upload_id']}")


def _aliases(user: User, path: str) -> None:
    """Moves an alias from 1.0.0 to 0.9.0, rolls it back and deletes it."""
    model_id = path.rpartition("/")[2]
    user.api.post(f"{path}/versions", {"version": "0.9.0"})
    upload.upload(user.api, model_id, "0.9.0", "model.onnx", FILE)
    user.api.post(f"{path}/versions/0.9.0/publish")
    alias = f"{path}/aliases/production"
    made = user.api.success("PUT", alias, {"version": "latest"})
    moved = user.api.request("PUT", alias, {"version": "0.9.0"}, headers={"if-match": made.headers["etag"]})
    assert (made.status_code, moved.status_code) == (201, 200)
    assert user.api.get(alias)["version"] == "0.9.0"
    assert user.api.post(f"{path}/rollback", {"reason": "not yet"})["version"] == "1.0.0"
    assert [move["kind"] for move in user.api.get(f"{alias}/history")["items"]] == ["rollback", "move", "create"]
    assert user.api.get(f"{alias}/history?at={moved.json()['moved_at']}")["version"] == "0.9.0"
    assert [each["alias"] for each in user.api.get(f"{path}/aliases")["items"]] == ["production"]
    begun = user.api.success("PUT", f"{alias}/rollout", {"candidate": "0.9.0"})
    shown = user.api.get(f"{alias}/rollout")
    assert (begun.status_code, shown.pop("judgement"), shown) == (201, None, begun.json())
    assert user.api.success("PATCH", f"{alias}/rollout", {"action": "abort"}).json()["state"] == "aborted"
    assert user.api.get(f"{alias}/rollout/disagreements")["items"] == []
    user.api.success("DELETE", alias)
    captured = user.api.success("PUT", f"{path}/capture", {"percent": 1}).json()
    assert (user.api.get(f"{path}/capture"), user.api.get(f"{path}/capture/files")["items"]) == (captured, [])
    user.api.success("DELETE", f"{path}/capture")


@pytest.mark.kinds(*BOTH)
def test_every_route_of_the_template_answers_a_valid_request(stack: RunningStack) -> None:
    before = len(stack.calls)

    user = _auth(stack)
    _api_keys(user)
    _service_accounts(user)
    _trusted_issuers(user, stack.kind)
    _address(user)
    _forgotten_password(user)
    _webhooks(user)
    _account(user, stack.user())
    _users(user)
    _audit(user)
    _usage(user)
    _models(user)
    _versions(user)

    declared = declared_routes()
    routes = RouteTable(declared)
    uncalled = {"GET /health", "POST /predict"}  # of a stack that pins a model: test_pinned_model.py
    if stack.kind == "sam":
        uncalled.add(f"POST {TOKEN}")
    succeeded = [call for call in stack.calls[before:] if call.status < 300]
    served = {found[0].key for call in succeeded if (found := routes.match(call.method, call.path))}
    assert served == {route.key for route in declared} - uncalled
