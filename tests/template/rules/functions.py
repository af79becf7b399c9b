"""Functions: limited concurrency, declared log groups and gradual deployments."""

from collections.abc import Iterator

from tests.template.checks import breaks, rule
from tests.template.deployment import FUNCTION, ROOT_TEMPLATE, Deployment, Resource, Sources

_ALIAS = "AWS::Lambda::Alias"
# Secrets Manager calls it four times a rotation, so there is no traffic to shift or to limit.
_WITHOUT_TRAFFIC = {"RotatorFunction"}


def _serving(deployment: Deployment) -> Iterator[Resource]:
    return (function for function in deployment.of_type(FUNCTION) if function.name not in _WITHOUT_TRAFFIC)


def _alias(deployment: Deployment, function: Resource) -> Resource | None:
    aliases = deployment.of_type(_ALIAS)
    return next((alias for alias in aliases if deployment.function_of(alias) == function), None)


@rule
def every_function_has_the_alias_live(deployment: Deployment) -> Iterator[str]:
    for function in _serving(deployment):
        alias = _alias(deployment, function)
        if alias is None or alias.properties["Name"] != "live":
            yield f"{function.name}: has no alias live"


@rule
def functions_are_called_through_their_alias(deployment: Deployment) -> Iterator[str]:
    for mapping in deployment.of_type("AWS::Lambda::EventSourceMapping"):
        target = deployment.referenced(mapping.properties["FunctionName"], mapping)
        if target is None or target.type != _ALIAS:
            yield f"{mapping.name}: calls the function, not its alias"
    for path, methods in deployment.named("Api").properties["Body"]["paths"].items():
        for method, route in methods.items():
            uri = route.get("x-amazon-apigateway-integration", {}).get("uri", {})
            if "Alias" not in str(uri) and ":live" not in str(uri):
                yield f"{method.upper()} {path}: calls the function, not its alias"
    for name, scheme in deployment.named("Api").properties["Body"]["components"]["securitySchemes"].items():
        if ":live" not in str(scheme["x-amazon-apigateway-authorizer"]["authorizerUri"]):
            yield f"{name}: calls the function, not its alias"


@rule
def traffic_shifts_gradually_and_alarms_roll_it_back(deployment: Deployment) -> Iterator[str]:
    for function in _serving(deployment):
        alias = _alias(deployment, function)
        update = alias.body.get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate", {}) if alias else {}
        group = deployment.referenced(update.get("DeploymentGroupName", {}), alias) if alias else None
        if group is None:
            yield f"{function.name}: all traffic moves to new code at once"
        else:
            yield from (f"{function.name}: {fault}" for fault in _faults(deployment, function, group))


def _faults(deployment: Deployment, function: Resource, group: Resource) -> Iterator[str]:
    alarms = group.properties.get("AlarmConfiguration", {}).get("Alarms", [])
    events = group.properties.get("AutoRollbackConfiguration", {}).get("Events", [])
    if "AllAtOnce" in str(group.properties.get("DeploymentConfigName")) and deployment.environment == "prod":
        yield "all traffic moves to new code at once"
    if not any(_watches(deployment.referenced(alarm["Name"], group), function) for alarm in alarms):
        yield "no alarm of its own rolls its deployment back"
    if "DEPLOYMENT_STOP_ON_ALARM" not in events:
        yield "alarms do not roll its deployment back"


def _watches(alarm: Resource | None, function: Resource) -> bool:
    if alarm is None or alarm.type != "AWS::CloudWatch::Alarm":
        return False
    watched = [
        dimension["Value"]
        for metric in alarm.properties.get("Metrics", [])
        for dimension in metric.get("MetricStat", {}).get("Metric", {}).get("Dimensions", [])
        if dimension["Name"] == "FunctionName"
    ]
    return bool(watched) and all(value == {"Ref": function.name} for value in watched)


@rule
def a_change_of_settings_alone_publishes_a_version(deployment: Deployment) -> Iterator[str]:
    """Without it, the alias keeps the old environment, memory and permissions until the code changes."""
    written = deployment.sources.documents[ROOT_TEMPLATE]["Resources"]
    for function in _serving(deployment):
        if written[function.name]["Properties"].get("AutoPublishAliasAllProperties") is not True:
            yield f"{function.name}: a change of its settings alone publishes no version"


@rule
def functions_run_on_the_runtime_of_their_layers(deployment: Deployment) -> Iterator[str]:
    """Libraries and bytecode of a layer are for one version of Python; others fail at their first import."""
    layers = list(deployment.of_type("AWS::Lambda::LayerVersion"))
    for function in deployment.of_type(FUNCTION):
        runtime = function.properties.get("Runtime")
        for layer in layers:
            if runtime not in layer.properties.get("CompatibleRuntimes", []):
                yield f"{function.name}: runs on {runtime}, and {layer.name} is not for it"


@rule
def new_code_always_publishes_a_version(deployment: Deployment) -> Iterator[str]:
    """With AutoPublishCodeSha256, SAM hashes that text instead of code and settings: a text that stays hides both."""
    written = deployment.sources.documents[ROOT_TEMPLATE]
    shared = written["Globals"]["Function"]
    for function in deployment.of_type(FUNCTION):
        if "AutoPublishCodeSha256" in shared | written["Resources"][function.name]["Properties"]:
            yield f"{function.name}: new code is not published while AutoPublishCodeSha256 stays the same"


@rule
def one_line_publishes_every_function(deployment: Deployment) -> Iterator[str]:
    """SAM compares the template and not the values of parameters, so the line must hold a plain value."""
    written = deployment.sources.documents[ROOT_TEMPLATE]["Globals"]["Function"]["Environment"]["Variables"]
    if not isinstance(written.get("MAAS_RELEASE"), str):
        yield "Globals: MAAS_RELEASE is not a plain text, so a new value of it publishes nothing"


@rule
def every_function_logs_to_a_declared_log_group(deployment: Deployment) -> Iterator[str]:
    for function in deployment.of_type(FUNCTION):
        group = deployment.referenced(function.properties.get("LoggingConfig", {}).get("LogGroup", {}), function)
        if group is None or group.type != "AWS::Logs::LogGroup":
            yield f"{function.name}: Lambda creates its log group, which never expires"


@rule
def every_function_s_concurrency_is_limited(deployment: Deployment) -> Iterator[str]:
    bounded = {
        deployment.function_of(mapping).name
        for mapping in deployment.of_type("AWS::Lambda::EventSourceMapping")
        if "MaximumConcurrency" in mapping.properties.get("ScalingConfig", {})
        or mapping.properties.get("ParallelizationFactor") == 1  # one execution per shard of a stream
    }
    for function in _serving(deployment):
        reserved = "ReservedConcurrentExecutions" in function.properties
        if deployment.environment == "prod" and not reserved and function.name not in bounded:
            yield f"{function.name}: can use all of the account's concurrency"


@breaks(every_function_has_the_alias_live, "AuthFunction")
def no_alias(sources: Sources) -> None:
    for name in ("AutoPublishAlias", "AutoPublishAliasAllProperties", "DeploymentPreference"):
        del sources.properties("AuthFunction")[name]


@breaks(functions_are_called_through_their_alias, "TokenAuthorizer")
def authorizer_without_alias(sources: Sources) -> None:
    authorizer = sources.properties("Api")["Auth"]["Authorizers"]["TokenAuthorizer"]
    authorizer["FunctionArn"] = {"Fn::GetAtt": "AuthorizerFunction.Arn"}


@breaks(functions_are_called_through_their_alias, "ValidatorFunctionFinished")
def queue_without_alias(sources: Sources) -> None:
    for name in ("AutoPublishAlias", "AutoPublishAliasAllProperties", "DeploymentPreference"):
        del sources.properties("ValidatorFunction")[name]


@breaks(traffic_shifts_gradually_and_alarms_roll_it_back, "ModelsFunction")
def all_at_once(sources: Sources) -> None:
    sources.properties("ModelsFunction")["DeploymentPreference"]["Type"] = "AllAtOnce"


@breaks(traffic_shifts_gradually_and_alarms_roll_it_back, "ModelsFunction")
def no_rollback_alarm(sources: Sources) -> None:
    del sources.properties("ModelsFunction")["DeploymentPreference"]["Alarms"]


@breaks(traffic_shifts_gradually_and_alarms_roll_it_back, "ModelsFunction")
def alarm_of_another_function(sources: Sources) -> None:
    alarms = {"Alarms": [{"Fn::GetAtt": "Alerts.Outputs.AuthErrors"}]}
    sources.properties("ModelsFunction")["DeploymentPreference"].update(alarms)


@breaks(traffic_shifts_gradually_and_alarms_roll_it_back, "ModelsFunction")
def alarm_that_watches_another_function(sources: Sources) -> None:
    sources.properties("Alerts")["Parameters"]["ModelsFunction"] = {"Ref": "AuthFunction"}


@breaks(a_change_of_settings_alone_publishes_a_version, "InferenceFunction")
def settings_without_a_new_version(sources: Sources) -> None:
    del sources.properties("InferenceFunction")["AutoPublishAliasAllProperties"]


@breaks(new_code_always_publishes_a_version, "AuthFunction")
def hash_of_the_code_by_hand(sources: Sources) -> None:
    sources.properties("AuthFunction")["AutoPublishCodeSha256"] = "rotate1"


@breaks(one_line_publishes_every_function, "Globals")
def release_by_a_parameter(sources: Sources) -> None:
    variables = sources.documents[ROOT_TEMPLATE]["Globals"]["Function"]["Environment"]["Variables"]
    variables["MAAS_RELEASE"] = {"Ref": "LogLevel"}


@breaks(every_function_logs_to_a_declared_log_group, "ValidatorFunction")
def log_group_made_by_lambda(sources: Sources) -> None:
    del sources.properties("ValidatorFunction")["LoggingConfig"]


@breaks(every_function_s_concurrency_is_limited, "InferenceFunction")
def unlimited_concurrency(sources: Sources) -> None:
    del sources.properties("InferenceFunction")["ReservedConcurrentExecutions"]


@breaks(functions_run_on_the_runtime_of_their_layers, "ModelsFunction")
def an_older_python(sources: Sources) -> None:
    sources.properties("ModelsFunction")["Runtime"] = "python3.12"
