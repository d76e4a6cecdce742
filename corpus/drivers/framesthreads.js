"use strict";

const { allocate } = require("./common.js");
const { describe, open } = require("./frames.js");

let decoder = null;

exports.open = (start, hooks) => {
  open((module) => {
    decoder = module;
    module.calledBack = new Promise((resolve) => {
      module.onRuntimeInitialized = () => resolve();
    });
    start(module);
  }, hooks);
};

exports.take = async () => {
  await decoder.calledBack;
  delete decoder.then; // It would pass for a promise's.
  return decoder;
};

exports.run = async (guest, args) => {
  guest.call("_ogv_video_decoder_init");
  const lines = [`asynchronous: ${guest.call("_ogv_video_decoder_async")}\n`];
  const told = [];
  for (const hexadecimal of args) {
    const frame = Buffer.from(hexadecimal, "hex");
    const address = allocate(guest, frame);
    const header = guest.call("_ogv_video_decoder_process_header", address, frame.length);
    const completed = new Promise((resolve) => guest.exports.callbacks.push(resolve));
    const decoded = guest.call("_ogv_video_decoder_process_frame", address, frame.length);
    lines.push(`${frame.length} bytes: ${header} ${decoded} ${await completed}\n`);
    if (guest.exports.frameBuffer) told.push(describe(guest.exports.frameBuffer));
    guest.exports.frameBuffer = null;
    guest.call("_free", address);
  }
  return lines.join("") + told.join("");
};
