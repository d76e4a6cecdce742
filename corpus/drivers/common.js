// The twin of drivers/__init__.py.
"use strict";

const u32 = (guest, address) => guest.read(address, 4).readUInt32LE();

function allocate(guest, bytes) {
  const address = guest.call("_malloc", bytes.length);
  guest.write(address, bytes);
  return address;
}

const text = (guest, value) => allocate(guest, Buffer.from(`${value}\0`));

module.exports = { u32, allocate, text };
