"use strict";

const { allocate, text } = require("./common.js");

const SAMPLES = [[0, 0], [0, 1], [1, 0], [1, 1]];
const LABELS = [0, 1, 1, 0];
const QUESTIONS = [...SAMPLES, [0.25, 0.125], [0.9, 0.2]];

const doubles = (guest, values) => allocate(guest, Buffer.from(new Float64Array(values).buffer));

function hex(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}

exports.run = (guest, [options]) => {
  const problem = guest.call("_create_svm_nodes", SAMPLES.length, 2);
  SAMPLES.forEach((sample, row) => guest.call("_add_instance", problem, doubles(guest, sample), 2, LABELS[row], row));
  const model = guest.call("_libsvm_train_problem", problem, text(guest, options));
  const answers = QUESTIONS.map((sample) => guest.call("_libsvm_predict_one", model, doubles(guest, sample), 2));
  const serialised = guest.cstring(guest.call("_serialize_model", model));
  guest.call("_fflush", 0);
  const lines = answers.map(hex);
  lines.push(`${guest.call("_svm_get_nr_sv", model)} support vectors`);
  return [...lines, serialised].join("\n");
};
