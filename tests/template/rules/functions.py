"""How functions run: bounded, logged, and replaced step by step."""

from collections.abc import Iterator

from tests.template.checks import breaks, rule
from tests.template.deployment import FUNCTION, ROOT_TEMPLATE, Deployment, Resource, Sources

_ALIAS = "AWS::Lambda::Alias"
# Called by Secrets Manager, four times a rotation: it has no traffic to shift, and none that could grow.
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
            yield f"{function.name}: has no alias"


@rule
def callers_reach_functions_by_their_alias(deployment: Deployment) -> Iterator[str]:
    for mapping in deployment.of_type("AWS::Lambda::EventSourceMapping"):
        target = deployment.referred(mapping.properties["FunctionName"], mapping)
        if target is None or target.type != _ALIAS:
            yield f"{mapping.name}: calls the newest code, not the alias"
    for path, methods in deployment.named("Api").properties["Body"]["paths"].items():
        for method, route in methods.items():
            uri = route.get("x-amazon-apigateway-integration", {}).get("uri", {})
            if "Alias" not in str(uri) and ":live" not in str(uri):
                yield f"{method.upper()} {path}: calls the newest code, not the alias"
    for name, scheme in deployment.named("Api").properties["Body"]["components"]["securitySchemes"].items():
        if ":live" not in str(scheme["x-amazon-apigateway-authorizer"]["authorizerUri"]):
            yield f"{name}: calls the newest code, not the alias"


@rule
def new_code_is_shifted_to_and_alarms_turn_it_back(deployment: Deployment) -> Iterator[str]:
    for function in _serving(deployment):
        alias = _alias(deployment, function)
        update = alias.body.get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate", {}) if alias else {}
        group = deployment.referred(update.get("DeploymentGroupName", {}), alias) if alias else None
        if group is None:
            yield f"{function.name}: all callers get new code at once"
        else:
            yield from (f"{function.name}: {fault}" for fault in _faults(deployment, function, group))


def _faults(deployment: Deployment, function: Resource, group: Resource) -> Iterator[str]:
    alarms = group.properties.get("AlarmConfiguration", {}).get("Alarms", [])
    events = group.properties.get("AutoRollbackConfiguration", {}).get("Events", [])
    if "AllAtOnce" in str(group.properties.get("DeploymentConfigName")) and deployment.environment == "prod":
        yield "all callers get new code at once"
    if not any(_watches(deployment.referred(alarm["Name"], group), function) for alarm in alarms):
        yield "no alarm of its own turns its deployment back"
    if "DEPLOYMENT_STOP_ON_ALARM" not in events:
        yield "an alarm does not turn its deployment back"


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
def a_change_of_settings_alone_is_deployed_too(deployment: Deployment) -> Iterator[str]:
    """Without it, the alias would go on with the old environment, memory and rights until the code changes."""
    written = deployment.sources.documents[ROOT_TEMPLATE]["Resources"]
    for function in _serving(deployment):
        if written[function.name]["Properties"].get("AutoPublishAliasAllProperties") is not True:
            yield f"{function.name}: a change of its settings alone never reaches callers"


@rule
def every_function_s_log_is_kept_for_a_set_time(deployment: Deployment) -> Iterator[str]:
    for function in deployment.of_type(FUNCTION):
        group = deployment.referred(function.properties.get("LoggingConfig", {}).get("LogGroup", {}), function)
        if group is None or group.type != "AWS::Logs::LogGroup":
            yield f"{function.name}: Lambda makes its log group, which is kept for ever"


@rule
def no_function_can_take_the_whole_account_s_concurrency(deployment: Deployment) -> Iterator[str]:
    bounded = {
        deployment.function_of(mapping).name
        for mapping in deployment.of_type("AWS::Lambda::EventSourceMapping")
        if "MaximumConcurrency" in mapping.properties.get("ScalingConfig", {})
        or mapping.properties.get("ParallelizationFactor") == 1  # one execution for each shard of a stream
    }
    for function in _serving(deployment):
        reserved = "ReservedConcurrentExecutions" in function.properties
        if deployment.environment == "prod" and not reserved and function.name not in bounded:
            yield f"{function.name}: may use all of the account's concurrency"


@breaks(every_function_has_the_alias_live, "AuthFunction")
def no_alias(sources: Sources) -> None:
    for name in ("AutoPublishAlias", "AutoPublishAliasAllProperties", "DeploymentPreference"):
        del sources.properties("AuthFunction")[name]


@breaks(callers_reach_functions_by_their_alias, "TokenAuthorizer")
def authorizer_without_alias(sources: Sources) -> None:
    authorizer = sources.properties("Api")["Auth"]["Authorizers"]["TokenAuthorizer"]
    authorizer["FunctionArn"] = {"Fn::GetAtt": "AuthorizerFunction.Arn"}


@breaks(callers_reach_functions_by_their_alias, "ValidatorFunctionFinished")
def queue_without_alias(sources: Sources) -> None:
    for name in ("AutoPublishAlias", "AutoPublishAliasAllProperties", "DeploymentPreference"):
        del sources.properties("ValidatorFunction")[name]


@breaks(new_code_is_shifted_to_and_alarms_turn_it_back, "ModelsFunction")
def all_at_once(sources: Sources) -> None:
    sources.properties("ModelsFunction")["DeploymentPreference"]["Type"] = "AllAtOnce"


@breaks(new_code_is_shifted_to_and_alarms_turn_it_back, "ModelsFunction")
def no_alarm(sources: Sources) -> None:
    del sources.properties("ModelsFunction")["DeploymentPreference"]["Alarms"]


@breaks(new_code_is_shifted_to_and_alarms_turn_it_back, "ModelsFunction")
def alarm_of_another_function(sources: Sources) -> None:
    alarms = {"Alarms": [{"Fn::GetAtt": "Alerts.Outputs.AuthErrors"}]}
    sources.properties("ModelsFunction")["DeploymentPreference"].update(alarms)


@breaks(new_code_is_shifted_to_and_alarms_turn_it_back, "ModelsFunction")
def alarm_that_watches_another_function(sources: Sources) -> None:
    sources.properties("Alerts")["Parameters"]["ModelsFunction"] = {"Ref": "AuthFunction"}


@breaks(a_change_of_settings_alone_is_deployed_too, "InferenceFunction")
def settings_that_stay_behind(sources: Sources) -> None:
    del sources.properties("InferenceFunction")["AutoPublishAliasAllProperties"]


@breaks(every_function_s_log_is_kept_for_a_set_time, "ValidatorFunction")
def lambda_s_own_log(sources: Sources) -> None:
    del sources.properties("ValidatorFunction")["LoggingConfig"]


@breaks(no_function_can_take_the_whole_account_s_concurrency, "InferenceFunction")
def unbounded(sources: Sources) -> None:
    del sources.properties("InferenceFunction")["ReservedConcurrentExecutions"]
