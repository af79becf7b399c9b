"""The name of a downloaded file is plain, whatever the model is called."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas.domain.uploads.filenames import FILENAME_MAX_BYTES, ascii_name, download_name
from maas.domain.value_rules import NAME_MAX


@pytest.mark.parametrize(
    ("model_name", "filename"),
    [
        ("iris", "iris-1.0.0.onnx"),
        ("My model (v2)", "My_model_v2-1.0.0.onnx"),
        ("../../.config/autostart/x", "config_autostart_x-1.0.0.onnx"),
        ("..\\..\\AppData\\x", "AppData_x-1.0.0.onnx"),
        ("/etc/passwd", "etc_passwd-1.0.0.onnx"),
        ("C:evil", "C_evil-1.0.0.onnx"),
        ("file.txt:stream", "file.txt_stream-1.0.0.onnx"),
        (".bashrc", "bashrc-1.0.0.onnx"),
        ("-rf", "rf-1.0.0.onnx"),
        ("~root", "root-1.0.0.onnx"),
        ("$(id)`id`", "id_id-1.0.0.onnx"),
        ("a\u2215b\u2044c\uff0fd\u29f8e", "a_b_c_d_e-1.0.0.onnx"),
        ("\uff0e\uff0e\uff0fx", "x-1.0.0.onnx"),
        ("gpj\u202eexe", "gpj_exe-1.0.0.onnx"),
        ("a\u200bb\u2028c\x00d\r\ne", "a_b_c_d_e-1.0.0.onnx"),
        ("con", "model_con-1.0.0.onnx"),
        ("NUL.tar", "model_NUL.tar-1.0.0.onnx"),
        ("com\u00b9.x", "model_com1.x-1.0.0.onnx"),
        ("console", "console-1.0.0.onnx"),
        ("ends. . .", "ends-1.0.0.onnx"),
        ("Prix Modèle", "Prix_Modèle-1.0.0.onnx"),
        ("модель цен", "модель_цен-1.0.0.onnx"),
        ("価格モデル", "価格モデル-1.0.0.onnx"),
        ("😀", "model-1.0.0.onnx"),
        ("...", "model-1.0.0.onnx"),
        ('a"; filename="b', "a_filename_b-1.0.0.onnx"),
    ],
)
def test_a_download_is_saved_under_a_plain_name(model_name: str, filename: str) -> None:
    assert download_name(model_name, "1.0.0", ".onnx") == filename


@given(st.text(max_size=NAME_MAX), st.sampled_from(["1.0.0", "1.0.0-rc.1+build.5", "1.0.0-" + "a" * 120]))
def test_no_name_of_a_model_leaves_the_folder(model_name: str, version: str) -> None:
    filename = download_name(model_name, version, ".onnx")
    stem = filename.removesuffix(f"-{version}.onnx")
    assert stem
    assert stem != filename
    assert stem[0].isalnum()
    assert all(c in "._+-" or unicodedata.category(c)[0] in "LMN" for c in filename)
    assert len(filename.encode()) <= FILENAME_MAX_BYTES
    assert filename.partition(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}


@pytest.mark.parametrize(
    ("filename", "plain"),
    [
        ("iris-1.0.0.onnx", "iris-1.0.0.onnx"),
        ("Prix_Modèle-1.0.0.onnx", "Prix_Mod_le-1.0.0.onnx"),
        ("価格モデル-1.0.0.onnx", "model-1.0.0.onnx"),
        ("модель-x-1.0.0-rc.1.onnx", "x-1.0.0-rc.1.onnx"),
        ("README.md", "README.md"),
        ("価格.md", "model.md"),
        ("a-価格.md", "a-.md"),
        ("価格", "model"),
    ],
)
def test_clients_without_unicode_get_an_ascii_name(filename: str, plain: str) -> None:
    assert ascii_name(filename) == plain
