"""The operators that a model may use (docs/decisions/0034-operators-that-are-served.md)."""

import re

# Every operator of these domains is served: https://onnx.ai/onnx/operators
STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})

CONTRIBUTED_DOMAIN = "com.microsoft"

# ONNX Runtime's own operators that have a CPU kernel and, by schema and attributes, compute on their inputs alone.
# Only FusedConv, Gelu and Tokenizer run inside models of the tests. Not here: those that read files (EPContext), draw
# random numbers (Sampling), generate text in a loop of their own (BeamSearch, GreedySearch, WhisperBeamSearch), are
# examples (SampleOp), or that nobody asked for yet. All of them:
# https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
CONTRIBUTED = frozenset(
    {
        # text, and indexes
        "ExpandDims",
        "GatherND",
        "MurmurHash3",
        "Pad",
        "Range",
        "Tokenizer",
        "Trilu",
        "Unique",
        "WordConvEmbedding",
        # quantized
        "DequantizeLinear",
        "DynamicQuantizeLSTM",
        "DynamicQuantizeMatMul",
        "GatherBlockQuantized",
        "MatMulBnb4",
        "MatMulFpQ4",
        "MatMulInteger16",
        "MatMulIntegerToFloat",
        "MatMulNBits",
        "QAttention",
        "QEmbedLayerNormalization",
        "QGemm",
        "QLinearAdd",
        "QLinearAveragePool",
        "QLinearConcat",
        "QLinearConv",
        "QLinearGlobalAveragePool",
        "QLinearLeakyRelu",
        "QLinearMul",
        "QLinearSigmoid",
        "QLinearSoftmax",
        "QLinearWhere",
        "QuantizeLinear",
        # fused: ONNX Runtime's optimizer writes these, and exporters of transformers
        "Attention",
        "BiasGelu",
        "EmbedLayerNormalization",
        "FastGelu",
        "FusedConv",
        "FusedGemm",
        "FusedMatMul",
        "Gelu",
        "GroupQueryAttention",
        "MultiHeadAttention",
        "QuickGelu",
        "RotaryEmbedding",
        "SkipLayerNormalization",
        "SkipSimplifiedLayerNormalization",
        "TransposeMatMul",
        # others
        "AttnLSTM",
        "CDist",
        "ConvTransposeWithDynamicPads",
        "CropAndResize",
        "GridSample",
        "Inverse",
        "MaxpoolWithMask",
        "NhwcMaxPool",
        "SparseToDenseMatMul",
    }
)

# The runtime may have operators in these domains, now or later. A function of a model with such a name could stand
# for one of them, so these domains are not the model's own.
_RUNTIME_DOMAINS = re.compile(r"(?:|ai\.onnx|com\.microsoft|com\.ms|org\.pytorch\.aten)(?:\..*)?", re.DOTALL)


def is_runtimes_own(domain: str) -> bool:
    """Returns whether operators of `domain` are the runtime's, whatever functions a model defines."""
    return _RUNTIME_DOMAINS.fullmatch(domain) is not None


def is_served(domain: str, name: str) -> bool:
    """Returns whether the runtime's operator may be used."""
    return domain in STANDARD_DOMAINS or (domain == CONTRIBUTED_DOMAIN and name in CONTRIBUTED)
