"""Known faults of conversions: what ONNX Runtime or onnx says, and the line that mends it (docs/convert.md)."""

import re
from collections.abc import Mapping

# A pattern of the library's message, and our sentence. A sentence may use the pattern's groups.
FAULTS: Mapping[str, str] = {
    r"operator \(ZipMap\)|node \(ZipMap\)|seq\(map\(": (
        "A classifier was converted with its ZipMap: convert it with "
        "skl2onnx.to_onnx(model, X[:1].astype(numpy.float32), options={'zipmap': False}), or with zipmap=False in "
        "onnxmltools.convert_lightgbm"
    ),
    r"tensor\(double\).*tensor\(float\)|tensor\(float\).*tensor\(double\)": (
        "Numbers of 64 and 32 bits are mixed, as scikit-learn's converters do for float64 data: convert the model with "
        "data of 32 bits, skl2onnx.to_onnx(model, X[:1].astype(numpy.float32), options={'zipmap': False}), or call "
        "model.float() before torch.onnx.export"
    ),
    r"Could not find an implementation for (\w+)\((\d+)\)": (
        "ONNX Runtime has no {0} (opset {1}) for these element types on a CPU: export the model with float32 instead "
        "of float64, float16 or bfloat16"
    ),
    r"Opset (\d+) is under development.*for domain (\S+) is till opset (\d+)": (
        "Opset {0} of {1} is too new: this server runs opset {2} at most. Export the model with target_opset={2} "
        "(skl2onnx, onnxmltools), opset_version={2} (PyTorch) or onnx.version_converter"
    ),
    r"Unsupported model IR version|model ir_version \d+ is higher": (
        "A newer ONNX wrote the file: set model.ir_version = 10 and save it again, or convert with an older onnx"
    ),
    r"No Op registered for (\w+) with domain_version of (\d+)": (
        "Opset {1} has no operator {0}: export the model with the opset that has it (https://onnx.ai/onnx/operators)"
    ),
    r"Unrecognized attribute: (\w+) for operator (\w+)|has input size|has output size": (
        "The nodes belong to another opset than the file declares: let the converter choose the opset, and do not "
        "change opset_import by hand"
    ),
    r"No opset import for domain '([\w.]*)'": (
        "The file does not declare the operators of {0}: add onnx.helper.make_opsetid('{0}', 1) to model.opset_import"
    ),
    r"Failed to construct locale": (
        "This server lacks the locale, so StringNormalizer can't change the case of letters here"
    ),
}
_FAULTS = [(re.compile(pattern, re.DOTALL), sentence) for pattern, sentence in FAULTS.items()]


def remedy(message: str) -> str:
    """Our sentence for the library's message, or an empty text if the fault is not a known one."""
    for pattern, sentence in _FAULTS:
        if found := pattern.search(message):
            return sentence.format(*found.groups()) if found.groups() else sentence
    return ""
