"use strict";

const { createHash } = require("crypto");
const frames = require("./frames.js");

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

function visible({ bytes, stride }, left, top, width, height) {
  const rows = Array.from({ length: height }, (_, row) => (row + top) * stride + left);
  return digest(Buffer.concat(rows.map((start) => bytes.subarray(start, start + width))));
}

function describe({ format, y, u, v }) {
  const { width, height, chromaWidth, chromaHeight, cropLeft, cropTop, cropWidth, cropHeight } = format;
  const across = (length) => Math.floor((length * chromaWidth) / width);
  const down = (length) => Math.floor((length * chromaHeight) / height);
  const chroma = [across(cropLeft & -2), down(cropTop & -2), across(cropWidth), down(cropHeight)];
  const digests = [visible(y, cropLeft, cropTop, cropWidth, cropHeight), visible(u, ...chroma), visible(v, ...chroma)];
  return `${cropWidth}x${cropHeight}, ${chroma[2]}x${chroma[3]}: ${digests.join(" ")}\n`;
}

exports.open = frames.open;
exports.run = frames.telling(describe);
