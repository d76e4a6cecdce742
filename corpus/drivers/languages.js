"use strict";

const { allocate, text, u32 } = require("./common.js");

// Offsets of the fields of a result. A span is its first and last byte, and a probability.
const [LANGUAGE, PROBABILITY, RELIABLE, PROPORTION, SPANS, SPAN_LIST] = [0, 4, 8, 12, 16, 20];

function pointers(list) {
  const bytes = Buffer.alloc(4 * list.length);
  list.forEach((pointer, index) => bytes.writeUInt32LE(pointer, 4 * index));
  return bytes;
}

function describe(guest, result) {
  const f32 = (address) => guest.read(address, 4).readFloatLE().toFixed(6);
  const i32 = (address) => guest.read(address, 4).readInt32LE();
  const spans = u32(guest, result + SPAN_LIST);
  const ranges = [...Array(u32(guest, result + SPANS)).keys()].map((index) => {
    const span = u32(guest, spans + 4 * index);
    return `${i32(span)}-${i32(span + 4)}`;
  });
  const language = guest.cstring(u32(guest, result + LANGUAGE));
  const numbers = [f32(result + PROBABILITY), f32(result + PROPORTION), guest.read(result + RELIABLE, 1)[0]];
  return [language, ...numbers, ...ranges].join(" ");
}

function ask(guest, detector, words, count) {
  const lines = [];
  const size = guest.call("_get_SizeLanguageResult");
  const results = [...Array(count)].map(() => allocate(guest, Buffer.alloc(size)));
  if (count === 1) {
    guest.call("_Cld_findLanguage", detector, text(guest, words), results[0]);
  } else {
    const list = allocate(guest, pointers(results));
    lines.push(guest.call("_Cld_findTopNMostFreqLangs", detector, text(guest, words), count, list));
  }
  return [...lines, ...results.map((result) => describe(guest, result))];
}

exports.open = (start, hooks) => start(hooks());

exports.run = (guest, args) => {
  const [least, most, count] = args.slice(0, 3).map(Number);
  const detector = guest.call("_Cld_create", least, most);
  const names = ["_get_MinNumBytesDefault", "_get_MaxNumBytesDefault", "_get_MaxNumBytesInput"];
  const lines = [names.map((name) => guest.call(name)).join(" ")];
  for (const words of args.slice(3)) lines.push(`> ${words}`, ...ask(guest, detector, words, count));
  guest.call("_Cld_destroy", detector);
  return [...lines, ""].join("\n");
};
