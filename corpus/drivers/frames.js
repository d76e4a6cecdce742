"use strict";

const { createHash } = require("crypto");
const { allocate } = require("./common.js");

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

// The glue compares each picture with the format of the container, which nothing has told it here.
exports.open = (start, hooks) => start(Object.assign(hooks(), { videoFormat: {} }));

function describe({ format, y, u, v }) {
  const chroma = `${format.chromaWidth}x${format.chromaHeight}`;
  const digests = [y, u, v].map((plane) => digest(plane.bytes)).join(" ");
  return `${format.cropWidth}x${format.cropHeight} in ${format.width}x${format.height}, ${chroma}: ${digests}\n`;
}

exports.describe = describe;

exports.telling = (describe) => (guest, args) => {
  guest.call("_ogv_video_decoder_init");
  const lines = [`asynchronous: ${guest.call("_ogv_video_decoder_async")}\n`];
  const told = [];
  const send = (what, address, size) => {
    const status = guest.call(`_ogv_video_decoder_process_${what}`, address, size);
    if (guest.exports.frameBuffer) told.push(describe(guest.exports.frameBuffer));
    guest.exports.frameBuffer = null;
    return status;
  };
  for (const hexadecimal of args) {
    const frame = Buffer.from(hexadecimal, "hex");
    const address = allocate(guest, frame);
    const header = send("header", address, frame.length);
    const decoded = send("frame", address, frame.length);
    lines.push(`${frame.length} bytes: ${header} ${decoded}\n`);
    guest.call("_free", address);
  }
  return lines.join("") + told.join("");
};

exports.run = exports.telling(describe);
