"""Text models in a process that may open no file, as in the validator's child."""

import subprocess
import sys
from pathlib import Path

import pytest

from maas.adapters.formats.inspector import ChildInspector
from maas.adapters.formats.refusals import RefusedError
from maas.adapters.onnx import inspection
from maas.domain.catalog.graphs import Inspection
from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.inference.tensors import bind
from tests.fakes.inference import artifact_of
from tests.samples import onnx_files
from tests.support.model_runtimes import onnx_runtime
from tests.support.outputs import nested

SIGNATURE = Signature((Tensor("x", "string", (-1,)),), (Tensor("y", "string", (-1,)),))


async def normalized(folder: Path, file: bytes, *words: str) -> list[str]:
    path = folder / "model"
    path.write_bytes(file)
    artifact = artifact_of(file, SIGNATURE)
    run = onnx_runtime(lambda _: str(path)).run
    outputs = await run(artifact, bind(SIGNATURE, list(words)), 20, nested(artifact))
    return list(outputs["y"].values())


@pytest.mark.parametrize("locale", [None, "en_US", "en_US.UTF-8", "C.UTF-8"])
async def test_letters_of_every_alphabet_change_case(tmp_path: Path, locale: str | None) -> None:
    lower = await normalized(tmp_path, onnx_files.normalizer("LOWER", locale), "ÉCOLE", "Łódź", "ΩΜΕΓΑ", "ЖУК", "İ")
    assert lower == ["école", "łódź", "ωμεγα", "жук", "i"]
    assert await normalized(tmp_path, onnx_files.normalizer("UPPER", locale), "école", "ß") == ["ÉCOLE", "ß"]


async def test_the_locale_c_changes_ascii_letters_only(tmp_path: Path) -> None:
    assert await normalized(tmp_path, onnx_files.normalizer("LOWER", "C"), "ÉCOLE") == ["École"]


@pytest.mark.parametrize("action", ["LOWER", "UPPER", "NONE"])
def test_the_validators_child_loads_a_text_model(tmp_path: Path, action: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(onnx_files.normalizer(action))
    found = ChildInspector().inspect(str(path))
    assert isinstance(found, Inspection), found
    assert found.signature == SIGNATURE


@pytest.mark.parametrize("locale", ["tr_TR.UTF-8", "de_DE", "", "../../etc"])
def test_a_locale_that_lambda_lacks_is_refused(locale: str) -> None:
    with pytest.raises(RefusedError) as caught:
        inspection.inspect(onnx_files.normalizer("LOWER", locale))
    assert f"names the locale {locale!r}; only en_US and C are served. Leave the attribute out" in str(caught.value)


def test_names_stay_loaded_when_no_file_can_be_opened() -> None:
    program = """
import ctypes, resource
from maas.adapters.onnx import locales
locales.provide()
resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
libc = ctypes.CDLL(None)
libc.newlocale.restype = ctypes.c_void_p
libc.newlocale.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p]
print([name for name in sorted(locales.NAMES) if not libc.newlocale(1 << 6, name, None)])
"""
    environment = {"PYTHONPATH": ":".join(entry for entry in sys.path if entry)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
