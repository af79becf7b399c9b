"""The list of contributed operators against the installed ONNX Runtime."""

import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from maas.adapters.onnx import model_operators
from maas.adapters.onnx.model_operators import CONTRIBUTED, CONTRIBUTED_DOMAIN

SCHEMAS = {schema.name: schema for schema in runtime.get_all_operator_schema() if schema.domain == CONTRIBUTED_DOMAIN}
KERNELS = {
    kernel.op_name
    for kernel in runtime.get_all_opkernel_def()
    if kernel.domain == CONTRIBUTED_DOMAIN and kernel.provider == "CPUExecutionProvider"
}
# Words of attributes that name a file, a library, code, a random generator, or a graph of their own.
OUTSIDE = ("file", "path", "library", "external", "cache_context", "random", "encoder", "decoder", "body", "source")


@pytest.mark.parametrize("name", sorted(CONTRIBUTED))
def test_a_listed_operator_has_a_schema_and_a_cpu_kernel(name: str) -> None:
    assert name in SCHEMAS
    assert name in KERNELS


@pytest.mark.parametrize("name", sorted(CONTRIBUTED))
def test_a_listed_operator_has_no_attribute_from_outside(name: str) -> None:
    assert [attribute for attribute in SCHEMAS[name].attributes if any(word in attribute for word in OUTSIDE)] == []


def test_the_words_from_outside_find_operators_that_are_not_listed() -> None:
    found = {name for name, schema in SCHEMAS.items() if any(w in a for a in schema.attributes for w in OUTSIDE)}
    assert {"EPContext", "BeamSearch", "GreedySearch", "Sampling"} <= found
    assert not found & CONTRIBUTED


@pytest.mark.parametrize("name", ["EPContext", "Sampling", "BeamSearch", "SampleOp", "Snpe", "gelu", ""])
def test_other_contributed_operators_are_not_served(name: str) -> None:
    assert not model_operators.is_served(CONTRIBUTED_DOMAIN, name)


def test_every_domain_of_the_runtime_is_its_own() -> None:
    domains = {schema.domain for schema in runtime.get_all_operator_schema()}
    assert CONTRIBUTED_DOMAIN in domains
    assert all(map(model_operators.is_runtimes_own, domains))


@pytest.mark.parametrize("domain", ["local_domain", "pkg.torch", "ai.onnxx", "com.microsoftish", "COM.MICROSOFT"])
def test_other_domains_belong_to_the_model(domain: str) -> None:
    assert not model_operators.is_runtimes_own(domain)
