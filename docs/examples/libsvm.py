"""A support vector machine, trained on arrays of numbers: python libsvm.py libsvm.wasm"""

import sys
from array import array

import compat

POINTS = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]
LABELS = [0.0, 1.0, 1.0, 0.0]

with compat.load(sys.argv[1]) as svm:
    add_instance = svm.function("add_instance", params=[int, bytes, int, float, int])
    train = svm.function("libsvm_train_problem", params=[int, str], returns=int)
    predict = svm.function("libsvm_predict_one", params=[int, bytes, int], returns=float)
    labels_of = svm.function("svm_get_labels", params=[int, bytearray])
    serialize = svm.function("serialize_model", returns=str)

    # An array is a buffer, and so is one of NumPy's.
    problem = svm.c.create_svm_nodes(len(POINTS), 2)
    for row, (point, label) in enumerate(zip(POINTS, LABELS, strict=True)):
        add_instance(problem, array("d", point), 2, label, row)
    model = train(problem, "-q -s 0 -t 2 -g 0.5 -c 10")

    labels = array("i", [0, 0])
    labels_of(model, labels)
    print(svm.c.svm_get_nr_sv(model), "support vectors, labels", *labels)
    for point in [*POINTS, (0.25, 0.125), (0.9, 0.2)]:
        print(*point, predict(model, array("d", point), 2))
    print(serialize(model), end="")
    svm.c.svm_free_model(model)
