"use strict";

const { allocate, text } = require("./common.js");

const GENERAL = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-fflags", "+bitexact"];

exports.open = (start, hooks) => start(hooks());

exports.run = (guest, args) => {
  const strings = [...GENERAL, ...args].map((value) => text(guest, value));
  const vector = Buffer.alloc(4 * (strings.length + 1));
  strings.forEach((address, index) => vector.writeUInt32LE(address, 4 * index));
  return `status: ${guest.call("_ffmpeg", strings.length, allocate(guest, vector))}\n`;
};
