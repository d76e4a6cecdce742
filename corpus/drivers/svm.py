"""Train a support vector machine on exclusive or, with LIBSVM's options as the argument, and predict.

Numbers are shown as the bytes of the double, since the two languages would not write them alike.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from compat import Module
from corpus.drivers import allocate, integer, string, text

SAMPLES = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]
LABELS = [0.0, 1.0, 1.0, 0.0]
QUESTIONS = [*SAMPLES, (0.25, 0.125), (0.9, 0.2)]


def run(module: Module, args: Sequence[str]) -> str:
    [options] = args
    problem = integer(module, "_create_svm_nodes", len(SAMPLES), 2)
    for row, (sample, label) in enumerate(zip(SAMPLES, LABELS, strict=True)):
        module.call("_add_instance", problem, _doubles(module, sample), 2, label, row)
    model = integer(module, "_libsvm_train_problem", problem, text(module, options))
    answers = [module.call("_libsvm_predict_one", model, _doubles(module, sample), 2) for sample in QUESTIONS]
    serialised = string(module, integer(module, "_serialize_model", model))
    module.call("_fflush", 0)
    lines = [struct.pack(">d", answer).hex() for answer in answers]
    lines.append(f"{integer(module, '_svm_get_nr_sv', model)} support vectors")
    return "\n".join([*lines, serialised])


def _doubles(module: Module, values: Sequence[float]) -> int:
    return allocate(module, struct.pack(f"<{len(values)}d", *values))
