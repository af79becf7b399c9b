"""The types that a skops file may name, for each loader of skops.

Most loaders call the type with values of the file. Those have a fixed list. The others make an empty object and fill
it, so a type of scikit-learn or SciPy is enough. Functions, such as numpy.savetxt, are none of these.
"""

import re

_OBJECTS_TEXT = """
JsonNode TypeNode ObjectNode CachedNode _DictWithDeprecatedKeysNode
"""
_OBJECTS = frozenset(_OBJECTS_TEXT.split())
_NUMBERS = (
    r"numpy\.(bool_?|str_?|bytes_|void|object_|u?int(p|c|8|16|32|64)?|float(16|32|64|96|128)?|double|single|half|"
    r"complex(64|128|192|256)|c?longdouble|u?longlong|u?byte|u?short|datetime64|timedelta64)"
)
_CALLED = {
    "DictNode": r"builtins\.dict|collections\.(OrderedDict|Counter)|sklearn\.utils(\._bunch)?\.Bunch",
    "DefaultDictNode": r"collections\.defaultdict",
    "ListNode": r"builtins\.list",
    "SetNode": r"builtins\.(set|frozenset)",
    "TupleNode": r"builtins\.tuple",
    "SliceNode": r"builtins\.slice",
    "BytesNode": r"builtins\.bytes",
    "BytearrayNode": r"builtins\.bytearray",
    "NdArrayNode": rf"numpy\.ndarray|{_NUMBERS}",
    "MaskedArrayNode": r"numpy\.ma(\.core)?\.MaskedArray",
    "RandomStateNode": r"numpy\.random(\.mtrand|\._pickle)?\.RandomState",
    "RandomGeneratorNode": r"numpy\.random(\._generator)?\.Generator",
    "DTypeNode": r"numpy\.dtype",
    "DtypeNode": r"numpy\.dtype",
    "SparseMatrixNode": r"scipy\.sparse(\._?\w{3})?\.(csr|csc|coo|bsr|dia|dok|lil)_(matrix|array)",
    "TreeNode": r"sklearn\.tree\._tree\.Tree",
    "SGDNode": r"sklearn\.linear_model\._sgd_fast\.[A-Z]\w*",
    "LossNode": r"sklearn\.linear_model\._sgd_fast\.[A-Z]\w*|(sklearn\._loss\.)?_loss\.Cy[A-Z]\w*",
    "ConstructorFromReduceNode": r"builtins\.(range|frozenset|complex)|datetime\.(date|datetime|timedelta|timezone)",
    "DateNode": r"datetime\.date",
    "DatetimeNode": r"datetime\.datetime",
    "TimedeltaNode": r"datetime\.timedelta",
}
_FUNCTIONS_TEXT = """
abs absolute arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil clip cos cosh deg2rad degrees exp exp2
expm1 fabs floor hypot log log10 log1p log2 maximum mean median minimum nan_to_num negative power prod rad2deg
radians reciprocal rint round sign sin sinh sqrt square std sum tan tanh trunc var expit logit log_softmax
f_classif f_regression chi2 mutual_info_classif mutual_info_regression
softmax xlogy xlog1py erf erfc gamma gammaln boxcox inv_boxcox
"""
_FUNCTIONS = frozenset(_FUNCTIONS_TEXT.split())
_NEVER = re.compile(r"test|f2py|distutils|ctypeslib|_pickle|io\b|datasets|externals|subprocess")
_PLAIN = re.compile(
    r"builtins\.(dict|list|set|frozenset|tuple|str|bytes|bytearray|int|float|complex|bool|slice|range|NoneType|object)|"
    r"collections\.(OrderedDict|defaultdict|Counter)|datetime\.(date|datetime|timedelta|timezone)|"
    rf"numpy\.(ndarray|dtype)|{_NUMBERS}"
)
# Types begin with a capital letter there, except for these.
_TYPES = re.compile(
    r"(sklearn|scipy)\.([\w.]*\.)?(_*[A-Z]\w*|interp1d|rv_frozen|rv_\w+_frozen|\w+_gen|(csr|csc|coo)_(matrix|array))"
)
_GENERATORS = frozenset(("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"))
LOADERS = _OBJECTS | _CALLED.keys() | {"FunctionNode", "UfuncNode"}


def may_load(loader: str, module: str, name: str) -> bool:
    """Returns whether the loader may load what the names stand for."""
    full = f"{module}.{name}"
    if loader in ("FunctionNode", "UfuncNode"):
        roots = ("sklearn", "numpy", "scipy")
        return module.partition(".")[0] in roots and name in _FUNCTIONS and not _NEVER.search(module)
    if loader in _CALLED:
        return bool(re.fullmatch(_CALLED[loader], full))
    return bool(_PLAIN.fullmatch(full)) or bool(_TYPES.fullmatch(full) and not _NEVER.search(full))


def is_generator(text: object) -> bool:
    """Returns whether a text of JSON names a generator of NumPy: skops calls what it names in numpy.random."""
    return isinstance(text, str) and text.strip('"') in _GENERATORS
