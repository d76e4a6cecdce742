"use strict";

const { createHash } = require("crypto");
const { allocate } = require("./common.js");

const digest = (samples) => createHash("sha256").update(Buffer.from(samples.buffer)).digest("hex").slice(0, 16);

exports.open = (start, hooks) => start(hooks());

exports.run = (guest, args) => {
  const [headers, packets] = [Number(args[0]), args.slice(1).map((packet) => Buffer.from(packet, "hex"))];
  guest.call("_ogv_audio_decoder_init");
  const lines = [];
  const told = [];
  packets.forEach((packet, index) => {
    const address = allocate(guest, packet);
    const kind = index < headers ? "header" : "audio";
    lines.push(`${kind}: ${guest.call(`_ogv_audio_decoder_process_${kind}`, address, packet.length)}\n`);
    guest.call("_free", address);
    const { audioFormat, audioBuffer } = guest.exports;
    if (audioFormat) told.push(`${audioFormat.channels} channels, ${audioFormat.rate} Hz\n`);
    if (audioBuffer) told.push(`${audioBuffer[0].length} samples: ${audioBuffer.map(digest).join(" ")}\n`);
    guest.exports.audioFormat = null;
    guest.exports.audioBuffer = null;
  });
  return lines.join("") + told.join("");
};
