"""Where things run: without a way to the internet, each open to those that call it."""

from collections.abc import Iterator
from typing import Any

from tests.template.checks import breaks, listed, rule
from tests.template.deployment import FUNCTION, Deployment, Resource, Sources

_GROUP = "AWS::EC2::SecurityGroup"
_WAYS_OUT = (
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::Route",
)
# The tables, files, queue and secrets; and what Fargate needs to start a task where there is no internet.
_ENDPOINTS = ("dynamodb", "s3", "sqs", "secretsmanager", "ecr.api", "ecr.dkr", "logs")


def _openings(deployment: Deployment, direction: str) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Each rule of each security group, wherever it is written."""
    for group in deployment.of_type(_GROUP):
        yield from ((group, opening) for opening in group.properties.get(f"SecurityGroup{direction}", []))
    for alone in deployment.of_type(f"{_GROUP}{direction}"):
        yield alone, alone.properties


def _by_address(opening: dict[str, Any]) -> bool:
    """Named by addresses, and not by a group."""
    return any("Cidr" in name or "PrefixList" in name for name in opening)


@rule
def security_groups_let_in_members_of_others_to_one_port(deployment: Deployment) -> Iterator[str]:
    for resource, opening in _openings(deployment, "Ingress"):
        one_port = opening.get("IpProtocol") == "tcp" and opening.get("FromPort") == opening.get("ToPort")
        if _by_address(opening) or "SourceSecurityGroupId" not in opening or not one_port:
            yield f"{resource.name}: is open by {opening}"


@rule
def security_groups_say_whom_they_call(deployment: Deployment) -> Iterator[str]:
    for group in deployment.of_type(_GROUP):
        if not group.properties.get("SecurityGroupEgress"):
            yield f"{group.name}: calls anybody, since it has no rule for it"
    for resource, opening in _openings(deployment, "Egress"):
        to_nobody = opening.get("CidrIp") == "127.0.0.1/32"
        abroad = (
            _by_address(opening) and not to_nobody and (opening.get("FromPort"), opening.get("ToPort")) != (443, 443)
        )
        if opening.get("IpProtocol") != "tcp" or abroad:
            yield f"{resource.name}: calls anybody by {opening.get('IpProtocol')} to {opening.get('ToPort')}"


@rule
def no_way_leads_to_the_internet(deployment: Deployment) -> Iterator[str]:
    yield from (f"{resource.name}: is a {resource.type}" for resource in deployment.of_type(*_WAYS_OUT))
    for subnet in deployment.of_type("AWS::EC2::Subnet"):
        if subnet.properties.get("MapPublicIpOnLaunch"):
            yield f"{subnet.name}: gives out public addresses"


@rule
def what_is_called_of_aws_has_an_endpoint(deployment: Deployment) -> Iterator[str]:
    endpoints = list(deployment.of_type("AWS::EC2::VPCEndpoint"))
    names = {endpoint.properties["ServiceName"] for endpoint in endpoints}
    for service in _ENDPOINTS:
        if not any(name.endswith(f".{service}") for name in names):
            yield f"{service}: has no endpoint, and there is no other way to it"
    for endpoint in endpoints:
        if "PolicyDocument" not in endpoint.properties:
            yield f"{endpoint.name}: lets everything through"


@rule
def what_calls_the_registry_is_in_its_network(deployment: Deployment) -> Iterator[str]:
    for function in deployment.of_type(FUNCTION):
        variables = function.properties.get("Environment", {}).get("Variables", {})
        if "MAAS_REGISTRY_ADDRESS" in variables and not listed(function.properties.get("VpcConfig")):
            yield f"{function.name}: can't reach the registry from outside the VPC"


@breaks(security_groups_let_in_members_of_others_to_one_port, "CacheSecurityGroup")
def half_of_the_world(sources: Sources) -> None:
    sources.properties("CacheSecurityGroup")["SecurityGroupIngress"][0]["CidrIp"] = "128.0.0.0/1"


@breaks(security_groups_let_in_members_of_others_to_one_port, "RegistryIngress")
def public_registry(sources: Sources) -> None:
    sources.properties("RegistryIngress")["CidrIpv6"] = "0::/0"


@breaks(security_groups_let_in_members_of_others_to_one_port, "EndpointsSecurityGroup")
def every_port_in(sources: Sources) -> None:
    sources.properties("EndpointsSecurityGroup")["SecurityGroupIngress"][0]["IpProtocol"] = "-1"


@breaks(security_groups_say_whom_they_call, "CacheSecurityGroup")
def all_egress(sources: Sources) -> None:
    del sources.properties("CacheSecurityGroup")["SecurityGroupEgress"]


@breaks(security_groups_say_whom_they_call, "FunctionsSecurityGroup")
def every_port(sources: Sources) -> None:
    sources.properties("FunctionsSecurityGroup")["SecurityGroupEgress"][0]["ToPort"] = 65535


@breaks(security_groups_say_whom_they_call, "FunctionsToCache")
def any_cache(sources: Sources) -> None:
    rule = sources.properties("FunctionsToCache")
    rule["CidrIp"] = rule.pop("DestinationSecurityGroupId") and "128.0.0.0/1"


@breaks(no_way_leads_to_the_internet, "Gateway")
def internet_gateway(sources: Sources) -> None:
    sources.documents["infra/network.yaml"]["Resources"]["Gateway"] = {"Type": "AWS::EC2::InternetGateway"}


@breaks(no_way_leads_to_the_internet, "SubnetA")
def public_subnet(sources: Sources) -> None:
    sources.properties("SubnetA")["MapPublicIpOnLaunch"] = True


@breaks(what_is_called_of_aws_has_an_endpoint, "sqs")
def no_way_to_the_queue(sources: Sources) -> None:
    del sources.documents["infra/network.yaml"]["Resources"]["SqsEndpoint"]


@breaks(what_is_called_of_aws_has_an_endpoint, "S3Endpoint")
def open_endpoint(sources: Sources) -> None:
    del sources.properties("S3Endpoint")["PolicyDocument"]


@breaks(what_calls_the_registry_is_in_its_network, "ModelsFunction")
def outside(sources: Sources) -> None:
    del sources.properties("ModelsFunction")["VpcConfig"]
