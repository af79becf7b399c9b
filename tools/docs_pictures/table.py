"""Every picture of docs, with what makes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tools.docs_pictures import charts, declared, diagrams, terminal
from tools.docs_pictures.world import World

_AUTH = '-H "Authorization: Bearer $TOKEN"'
_PRETTY = "| python -m json.tool --no-ensure-ascii"


@dataclass(frozen=True)
class Commands:
    """A picture of a terminal. Commands of `before` run first, and are not shown."""

    title: str
    lines: Sequence[str]
    before: Sequence[str] = ()

    def __call__(self, world: World) -> str:
        for line in self.before:
            world.does(line)
        return terminal.session({_shown(line): world.prints(line) for line in self.lines}, self.title)


def _shown(line: str) -> str:
    """The line as a reader would type it."""
    return (
        line.replace('"$CHECKOUT/', '"./')
        .replace('"./local/status" --data "$DATA"', "./local/status")
        .replace(_AUTH, '-H "$AUTH"')
        .replace(_PRETTY, "| jq")
    )


def _curl(title: str, *requests: str, before: Sequence[str] = ()) -> Commands:
    """Requests by curl: a path and, if wanted, options."""
    return Commands(title, [f"curl -sS {request} {_PRETTY}" for request in requests], before)


def _get(path: str) -> str:
    return f'"$GATEWAY{path}" {_AUTH}'


# Made from the code and the templates alone.
DECLARED: Mapping[str, Callable[[], str | bytes]] = {
    "alarms.svg": declared.alarms,
    "architecture.svg": diagrams.architecture,
    "cold-starts.png": charts.cold_starts,
    "cost.svg": declared.month,
    "events.svg": diagrams.events,
    "infrastructure.svg": diagrams.infrastructure,
    "layers.svg": diagrams.layers,
    "predictor.svg": declared.predictor_calls,
    "registry.svg": declared.registry_calls,
    "rights.svg": declared.rights,
}
# Made from what a stack answers.
ANSWERED: Mapping[str, Callable[[World], str | bytes]] = {
    "drift.png": charts.drift,
    "performance.png": charts.performance,
    "comparison.png": charts.comparison,
    "rollout.png": charts.rollout,
    "dashboard.png": charts.dashboard,
    "account.svg": Commands("your account", ["maas auth whoami"]),
    "aliases.svg": Commands("aliases", ["maas alias list iris", "maas alias history iris production --limit 3"]),
    "api.svg": _curl("without a token", '"$GATEWAY/healthz"', '"$GATEWAY/readyz"'),
    "audit.svg": Commands("the audit log", ["maas audit list --action ModelUpdated --limit 5", "maas audit verify"]),
    "authentication.svg": _curl("the keys that sign tokens", '"$GATEWAY/.well-known/jwks.json"'),
    "client.svg": Commands(
        "the command maas",
        [
            "maas models list",
            "maas predict iris@production --input three.csv",
            "maas rollout history iris@production --limit 3",
        ],
    ),
    "convert.svg": Commands(
        "an object of scikit-learn becomes a version",
        ["maas push train.py:forest iris:1.2.0 --example flowers.csv", "maas versions list iris"],
    ),
    "curl.svg": _curl(
        "a prediction with curl",
        f"""--json '{{"features": [5.1, 3.5, 1.4, 0.2]}}' "$GATEWAY/api/v1/models/iris/predict" {_AUTH}""",
    ),
    "differences.svg": Commands("differences of two versions", ["maas versions diff iris 1.0.0 1.1.0"]),
    "errors.svg": _curl(
        "a problem",
        f"""--json '{{"features": [5.1, "long"]}}' "$GATEWAY/api/v1/models/iris/predict" {_AUTH}""",
        _get("/api/v1/models/roses"),
    ),
    "files.svg": Commands(
        "files of a version", ["maas pull iris:1.0.0 --to iris.onnx", "maas verify iris.onnx iris:1.0.0"]
    ),
    "formats.svg": Commands("a pickle is refused", ["maas push model.pkl iris:9.0.0", "maas help formats"]),
    "grants.svg": Commands(
        "a model is shared",
        ["maas grants list iris"],
        [
            (
                'maas grants set iris "$(maas service-accounts create reader --role viewer -q)" invoker'
                " --kind service_account"
            )
        ],
    ),
    "jobs.svg": Commands("a job", ["maas jobs submit iris '[5.1, 3.5, 1.4, 0.2]' --wait", "maas jobs list --limit 3"]),
    "keys.svg": Commands(
        "API keys", ["maas keys list"], ["maas keys create app --scope inference:invoke --model iris:^1 -q"]
    ),
    "limits.svg": _curl(
        "limits",
        f"""--json '{{"framework": "onnx", "name": "'$(printf 'x%.0s' {{1..300}})'"}}' {_get("/api/v1/models")}""",
        _get("/api/v1/models?limit=1000"),
    ),
    "models.svg": Commands("models", ["maas models list", "maas models show iris"]),
    "one-machine.svg": Commands("a stack of one machine", ['"$CHECKOUT/local/status" --data "$DATA"']),
    "open-inference.svg": _curl(
        "the Open Inference Protocol",
        _get("/v2/models/iris"),
        """--json '{"inputs": [{"name": "X", "datatype": "FP32", "shape": [1, 4], "data": [5.1, 3.5, 1.4, 0.2]}]}' """
        f'"$GATEWAY/v2/models/iris/infer" {_AUTH}',
    ),
    "pinned.svg": _curl(
        "the pinned model",
        '"$GATEWAY/health"',
        """--json '{"features": [5.1, 3.5, 1.4, 0.2]}' "$GATEWAY/predict\"""",
    ),
    "predictions.svg": Commands(
        "predictions", ["maas predict iris --input three.csv", "maas predict iris '[5.1, 3.5, 1.4, 0.2]'"]
    ),
    "references.svg": Commands(
        "references", ["maas versions show iris:^1 -q", "maas versions show iris@production -q"]
    ),
    "service-accounts.svg": Commands(
        "service accounts", ["maas service-accounts list"], ["maas service-accounts create release --role developer -q"]
    ),
    "statistics.svg": _curl("figures of predictions", _get("/api/v1/models/iris/stats?minutes=60")),
    "trusted-issuers.svg": Commands(
        "trusted issuers",
        ["maas issuers show $(maas issuers list -q)"],
        [
            (
                "maas issuers create release --issuer https://token.actions.githubusercontent.com"
                ' --service-account "$(maas service-accounts create deployer --role developer -q)"'
                " --condition sub=repo:acme/app:environment:production --scope models:read"
            )
        ],
    ),
    "uploads.svg": Commands("an upload", ["maas push iris.onnx iris:1.3.0"], ["maas pull iris:1.1.0 --to iris.onnx"]),
    "usage.svg": Commands("use and quotas", ["maas usage"]),
    "users.svg": Commands(
        "members",
        ["maas users list", "maas users invitations"],
        ["maas users invite grace@example.com --role developer -q"],
    ),
    "versions.svg": Commands("versions", ["maas versions list iris", "maas versions show iris:1.1.0"]),
    "webhooks.svg": Commands(
        "webhooks",
        ["maas webhooks list"],
        ["maas webhooks create https://example.com/maas --event VersionStateChanged -q"],
    ),
}
NAMES = sorted({*DECLARED, *ANSWERED})
