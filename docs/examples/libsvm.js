// What libsvm.py does, with the JavaScript beside the binary.
"use strict";

const POINTS = [[0, 0], [0, 1], [1, 0], [1, 1]];
const LABELS = [0, 1, 1, 0];

const svm = require(process.argv[2]);
svm.isReady.then(() => {
  const train = svm.cwrap("libsvm_train_problem", "number", ["number", "string"]);
  const predict = svm.cwrap("libsvm_predict_one", "number", ["number", "array", "number"]);
  const serialize = svm.cwrap("serialize_model", "string", ["number"]);
  const bytes = (point) => new Uint8Array(new Float64Array(point).buffer);
  const shown = (number) => number.toFixed(3).replace(/0{1,2}$/, "");

  const problem = svm._create_svm_nodes(POINTS.length, 2);
  const add = svm.cwrap("add_instance", null, ["number", "array", "number", "number", "number"]);
  POINTS.forEach((point, row) => add(problem, bytes(point), 2, LABELS[row], row));
  const model = train(problem, "-q -s 0 -t 2 -g 0.5 -c 10");

  const labels = svm._malloc(8);
  svm._svm_get_labels(model, labels);
  console.log(svm._svm_get_nr_sv(model), "support vectors, labels", ...svm.HEAP32.subarray(labels / 4, labels / 4 + 2));
  for (const point of [...POINTS, [0.25, 0.125], [0.9, 0.2]]) {
    console.log(...point.map(shown), shown(predict(model, bytes(point), 2)));
  }
  process.stdout.write(serialize(model));
});
