"use strict";

const { shown } = require("./common.js");

function sound(channels, rate, bits, seconds) {
  const frame = (channels * bits) / 8;
  const size = rate * seconds * frame;
  const bytes = Buffer.alloc(44 + size);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + size, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * frame, 28);
  bytes.writeUInt16LE(frame, 32);
  bytes.writeUInt16LE(bits, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(size, 40);
  for (let place = 0; place < size; place++) bytes[44 + place] = place % 251;
  return bytes;
}

exports.open = (start, hooks) => start(hooks());

exports.run = ({ exports: { MediaInfo, Stream, Info } }, [format, piece, inform]) => {
  const data = sound(...format.split(" ").map(Number));
  const media = new MediaInfo();
  const lines = [media.Option("Info_Version"), media.Option("Inform", inform)];
  media.Open_Buffer_Init(data.length, 0);
  for (let start = 0; start < data.length; start += Number(piece)) {
    const state = media.Open_Buffer_Continue(new Uint8Array(data.subarray(start, start + Number(piece))));
    lines.push(state & 1);
    if (state & 8) break;
  }
  media.Open_Buffer_Finalize();
  lines.push(media.Inform(), media.Count_Get(Stream.Audio));
  for (const name of ["Format", "Duration", "SamplingRate", "BitDepth", "Channel(s)", "BitRate"]) {
    lines.push(`${name}: ${media.Get(Stream.Audio, 0, name)} ${media.Get(Stream.Audio, 0, name, Info.Measure)}`);
  }
  for (let place = 0; place < 5; place++) lines.push(media.GetI(Stream.General, 0, place));
  media.Close();
  media.delete();
  return lines.map((line) => `${shown(line)}\n`).join("");
};
