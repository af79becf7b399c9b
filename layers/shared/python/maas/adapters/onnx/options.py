"""Options of ONNX Runtime: files are checked with the same ones that models are served with."""

import onnxruntime as ort

_FATAL = 4


def session_options() -> ort.SessionOptions:
    """One thread, no arena, no plan of memory, and no log.

    An arena would keep the memory of the largest run. A plan that lets values reuse the memory of others takes time
    with the square of the nodes, and saves nothing without an arena: each value is freed after its last use
    (docs/decisions/0121-models-of-many-nodes.md).
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a Lambda of 2 GB has 1.2 processors
    options.log_severity_level = _FATAL
    options.enable_cpu_mem_arena = False
    options.enable_mem_reuse = False
    return options


def run_options() -> ort.RunOptions:
    """Options that turn the log off. A run that was ended leaves `terminate` set, so the next one needs new options."""
    options = ort.RunOptions()
    options.log_severity_level = _FATAL
    return options
