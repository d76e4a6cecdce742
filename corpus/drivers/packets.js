"use strict";

const { createHash } = require("crypto");
const { allocate } = require("./common.js");

const digest = (data) =>
  `${data.byteLength} ${createHash("sha256").update(Buffer.from(data)).digest("hex").slice(0, 16)}`;

exports.open = (start, hooks) => start(hooks());

exports.run = (guest, args) => {
  const [step, stream] = [Number(args[0]), Buffer.from(args[1], "base64")];
  guest.call("_ogv_demuxer_init");
  const lines = [];
  for (let start = 0; start < stream.length; start += step) {
    const piece = stream.subarray(start, start + step);
    const address = allocate(guest, piece);
    guest.call("_ogv_demuxer_receive_input", address, piece.length);
    let rounds = 0;
    while (guest.call("_ogv_demuxer_process")) rounds++;
    lines.push(`${piece.length} bytes: ${rounds} rounds`);
    guest.call("_free", address);
  }
  for (const name of ["seekable", "media_length"]) lines.push(`${name}: ${guest.call(`_ogv_demuxer_${name}`)}`);
  guest.call("_ogv_demuxer_flush");
  const { audioPackets, videoPackets, loadedMetadata, audioCodec, videoCodec } = guest.exports;
  for (const { data, timestamp } of audioPackets) lines.push(`audio ${digest(data)} at ${timestamp.toFixed(3)}`);
  if (loadedMetadata) lines.push(`codecs: ${videoCodec || "none"} ${audioCodec || "none"}`);
  for (const { data, timestamp, keyframeTimestamp, isKeyframe } of videoPackets) {
    const key = `key frame ${keyframeTimestamp.toFixed(3)} ${Number(isKeyframe)}`;
    lines.push(`video ${digest(data)} at ${timestamp.toFixed(3)}, ${key}`);
  }
  return [...lines, ""].join("\n");
};
