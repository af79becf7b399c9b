"""What publishes a new version of a function, by SAM's own transform."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.template.deployment import ROOT_TEMPLATE, Document, load
from tests.template.translation import Translator

Change = Callable[[Document, dict[str, str]], None]


def _functions(template: Document) -> dict[str, Any]:
    kind = "AWS::Serverless::Function"
    return {name: body["Properties"] for name, body in template["Resources"].items() if body["Type"] == kind}


def _versions(translate: Translator, change: Change | None = None) -> Mapping[str, str]:
    """Returns the logical id of each published function's version; CloudFormation publishes under a new one."""
    template = load().documents[ROOT_TEMPLATE]
    parameters = {name: str(body["Default"]) for name, body in template["Parameters"].items() if "Default" in body}
    if change is not None:
        change(template, parameters)
    resources = translate(template, parameters)["Resources"].items()
    versions = [name for name, body in resources if body["Type"] == "AWS::Lambda::Version"]
    return {name.rpartition("Version")[0]: name for name in versions}


def _new_code(template: Document, _parameters: dict[str, str]) -> None:
    for properties in _functions(template).values():
        properties["CodeUri"] = "s3://code/next.zip"


def _higher_release(template: Document, _parameters: dict[str, str]) -> None:
    template["Globals"]["Function"]["Environment"]["Variables"]["MAAS_RELEASE"] += "1"


def _new_layer(template: Document, _parameters: dict[str, str]) -> None:
    template["Resources"]["SharedLayer"]["Properties"]["ContentUri"] = "s3://code/layer.zip"


@pytest.mark.parametrize("change", [_new_code, _higher_release, _new_layer])
def test_every_function_gets_a_version(translate: Translator, change: Change) -> None:
    before, after = _versions(translate), _versions(translate, change)
    assert len(before) == 15
    assert before.keys() == after.keys()
    assert [function for function in before if before[function] == after[function]] == []


def test_new_values_of_parameters_publish_nothing(translate: Translator) -> None:
    """docs/deploy.md says so; if SAM changes this, MAAS_RELEASE is needless."""

    def change(_template: Document, parameters: dict[str, str]) -> None:
        parameters |= {"LogLevel": "DEBUG", "MaxUploadBytes": "1", "RegistryAddress": "a.example.com:443"}

    assert _versions(translate) == _versions(translate, change)


def test_no_value_of_a_parameter_hides_new_code(translate: Translator) -> None:
    texts = {
        name: "word" for name, body in load().documents[ROOT_TEMPLATE]["Parameters"].items() if body["Type"] == "String"
    }

    def words(_template: Document, parameters: dict[str, str]) -> None:
        parameters |= texts

    def words_and_code(template: Document, parameters: dict[str, str]) -> None:
        words(template, parameters)
        _new_code(template, parameters)

    before, after = _versions(translate, words), _versions(translate, words_and_code)
    assert [function for function in before if before[function] == after[function]] == []
