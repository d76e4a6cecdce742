"use strict";

const crypto = require("crypto");
const { shown } = require("./common.js");

const TRACK_UID = Buffer.from("73c587", "hex");
const TRACK_UID_SIZE = 7;

exports.open = (start, hooks) => start(hooks());

function picture(width, height, frame) {
  const bytes = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      bytes.set([(4 * x + 9 * frame) % 256, (3 * y) % 256, (x * y) % 256, 255], 4 * (y * width + x));
    }
  }
  return bytes;
}

exports.run = ({ exports: { WebmEncoder } }, [description]) => {
  const [width, height, frames, rate, live] = description.split(" ").map(Number);
  const pieces = [];
  const lines = [];
  const encoder = new WebmEncoder(1, 30, width, height, rate, !!live, !!live, (piece) => pieces.push(Buffer.from(piece)));
  for (let frame = 0; frame < frames; frame++) lines.push(encoder.addRGBAFrame(picture(width, height, frame)));
  lines.push(encoder.lastError(), encoder.finalize());
  try {
    encoder.addRGBAFrame(5);
  } catch {
    lines.push("a number is no frame");
  }
  const film = Buffer.concat(pieces);
  const track = film.indexOf(TRACK_UID) + TRACK_UID.length;
  const hash = crypto.createHash("sha256").update(film.subarray(0, track));
  hash.update(film.subarray(track + TRACK_UID_SIZE));
  lines.push(pieces.map((piece) => piece.length), film.length, hash.digest("hex"));
  return lines.map((line) => `${shown(line)}\n`).join("");
};
