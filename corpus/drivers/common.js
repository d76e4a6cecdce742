// The twin of drivers/__init__.py.
"use strict";

const u32 = (guest, address) => guest.read(address, 4).readUInt32LE();

function allocate(guest, bytes) {
  const address = guest.call("_malloc", bytes.length);
  guest.write(address, bytes);
  return address;
}

const text = (guest, value) => allocate(guest, Buffer.from(`${value}\0`));

function hex(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}

function shown(value) {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "number" && !Number.isSafeInteger(value)) return hex(value);
  return String(value);
}

module.exports = { u32, allocate, text, shown };
