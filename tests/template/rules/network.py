"""Networks: no route to the internet, and security groups that list their callers."""

from collections.abc import Iterator
from typing import Any

from tests.template.checks import as_list, breaks, rule
from tests.template.deployment import FUNCTION, Deployment, Resource, Sources

_GROUP = "AWS::EC2::SecurityGroup"
_ROUTES_OUT = (
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::Route",
)
# Tables, files, queue and secrets. Fargate needs ecr and logs to start a task without the internet.
_ENDPOINTS = ("dynamodb", "s3", "sqs", "secretsmanager", "ecr.api", "ecr.dkr", "logs")


def _permissions(deployment: Deployment, direction: str) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Yields the rules of all security groups, inside a group or as a resource of their own."""
    for group in deployment.of_type(_GROUP):
        yield from ((group, permission) for permission in group.properties.get(f"SecurityGroup{direction}", []))
    for separate in deployment.of_type(f"{_GROUP}{direction}"):
        yield separate, separate.properties


def _by_address(permission: dict[str, Any]) -> bool:
    """Returns whether the rule names addresses and not a security group."""
    return any("Cidr" in name or "PrefixList" in name for name in permission)


@rule
def the_network_s_flows_are_logged(deployment: Deployment) -> Iterator[str]:
    logged = [log.properties for log in deployment.of_type("AWS::EC2::FlowLog")]
    for network in deployment.of_type("AWS::EC2::VPC"):
        own = [each for each in logged if each["ResourceId"] == {"Ref": network.name}]
        if not any(each["TrafficType"] == "ALL" and each.get("LogGroupName") for each in own):
            yield f"{network.name}: nobody can see which connections were made"


@rule
def ingress_is_from_a_security_group_to_one_port(deployment: Deployment) -> Iterator[str]:
    for resource, permission in _permissions(deployment, "Ingress"):
        one_port = permission.get("IpProtocol") == "tcp" and permission.get("FromPort") == permission.get("ToPort")
        if _by_address(permission) or "SourceSecurityGroupId" not in permission or not one_port:
            yield f"{resource.name}: is open to {permission}"


@rule
def egress_is_limited_in_every_security_group(deployment: Deployment) -> Iterator[str]:
    for group in deployment.of_type(_GROUP):
        if not group.properties.get("SecurityGroupEgress"):
            yield f"{group.name}: has no egress rule, so every destination is allowed"
    for resource, permission in _permissions(deployment, "Egress"):
        nowhere = permission.get("CidrIp") == "127.0.0.1/32"
        beyond_https = (
            _by_address(permission)
            and not nowhere
            and (permission.get("FromPort"), permission.get("ToPort")) != (443, 443)
        )
        if permission.get("IpProtocol") != "tcp" or beyond_https:
            port = f"{permission.get('IpProtocol')} {permission.get('ToPort')}"
            yield f"{resource.name}: allows any destination on {port}"


@rule
def no_route_leads_to_the_internet(deployment: Deployment) -> Iterator[str]:
    yield from (f"{resource.name}: is a {resource.type}" for resource in deployment.of_type(*_ROUTES_OUT))
    for subnet in deployment.of_type("AWS::EC2::Subnet"):
        if subnet.properties.get("MapPublicIpOnLaunch"):
            yield f"{subnet.name}: assigns public addresses"


@rule
def each_aws_service_in_use_has_an_endpoint(deployment: Deployment) -> Iterator[str]:
    endpoints = list(deployment.of_type("AWS::EC2::VPCEndpoint"))
    names = {endpoint.properties["ServiceName"] for endpoint in endpoints}
    for service in _ENDPOINTS:
        if not any(name.endswith(f".{service}") for name in names):
            yield f"{service}: has no VPC endpoint, and no other route leads to it"
    for endpoint in endpoints:
        if "PolicyDocument" not in endpoint.properties:
            yield f"{endpoint.name}: has no policy"


@rule
def callers_of_the_registry_are_in_the_vpc(deployment: Deployment) -> Iterator[str]:
    for function in deployment.of_type(FUNCTION):
        variables = function.properties.get("Environment", {}).get("Variables", {})
        if "MAAS_REGISTRY_ADDRESS" in variables and not as_list(function.properties.get("VpcConfig")):
            yield f"{function.name}: can't reach the registry from outside the VPC"


@breaks(ingress_is_from_a_security_group_to_one_port, "CacheSecurityGroup")
def ingress_from_half_of_all_addresses(sources: Sources) -> None:
    sources.properties("CacheSecurityGroup")["SecurityGroupIngress"][0]["CidrIp"] = "128.0.0.0/1"


@breaks(ingress_is_from_a_security_group_to_one_port, "RegistryIngress")
def public_registry(sources: Sources) -> None:
    sources.properties("RegistryIngress")["CidrIpv6"] = "0::/0"


@breaks(ingress_is_from_a_security_group_to_one_port, "EndpointsSecurityGroup")
def ingress_on_every_port(sources: Sources) -> None:
    sources.properties("EndpointsSecurityGroup")["SecurityGroupIngress"][0]["IpProtocol"] = "-1"


@breaks(egress_is_limited_in_every_security_group, "CacheSecurityGroup")
def egress_without_rules(sources: Sources) -> None:
    del sources.properties("CacheSecurityGroup")["SecurityGroupEgress"]


@breaks(egress_is_limited_in_every_security_group, "FunctionsSecurityGroup")
def egress_to_every_port(sources: Sources) -> None:
    sources.properties("FunctionsSecurityGroup")["SecurityGroupEgress"][0]["ToPort"] = 65535


@breaks(egress_is_limited_in_every_security_group, "FunctionsToCache")
def egress_to_half_of_all_addresses(sources: Sources) -> None:
    rule = sources.properties("FunctionsToCache")
    rule["CidrIp"] = rule.pop("DestinationSecurityGroupId") and "128.0.0.0/1"


@breaks(no_route_leads_to_the_internet, "Gateway")
def internet_gateway(sources: Sources) -> None:
    sources.documents["infra/network.yaml"]["Resources"]["Gateway"] = {"Type": "AWS::EC2::InternetGateway"}


@breaks(no_route_leads_to_the_internet, "SubnetA")
def public_subnet(sources: Sources) -> None:
    sources.properties("SubnetA")["MapPublicIpOnLaunch"] = True


@breaks(each_aws_service_in_use_has_an_endpoint, "sqs")
def no_endpoint_for_the_queue(sources: Sources) -> None:
    del sources.documents["infra/network.yaml"]["Resources"]["SqsEndpoint"]


@breaks(each_aws_service_in_use_has_an_endpoint, "S3Endpoint")
def endpoint_without_a_policy(sources: Sources) -> None:
    del sources.properties("S3Endpoint")["PolicyDocument"]


@breaks(callers_of_the_registry_are_in_the_vpc, "ModelsFunction")
def function_outside_the_vpc(sources: Sources) -> None:
    del sources.properties("ModelsFunction")["VpcConfig"]


@breaks(the_network_s_flows_are_logged, "Vpc")
def accepted_flows_alone(sources: Sources) -> None:
    sources.properties("FlowLog")["TrafficType"] = "ACCEPT"
