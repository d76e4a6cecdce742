"use strict";

const { allocate, text } = require("./common.js");

const VERSION = 0x13;
const ENCODED_SIZE = 512;

exports.run = (guest, args) => {
  const [password, salt] = args.slice(0, 2).map((value) => Buffer.from(value));
  const [passes, memory, lanes, size, kind] = args.slice(2).map(Number);
  const digest = allocate(guest, Buffer.alloc(size));
  const encoded = allocate(guest, Buffer.alloc(ENCODED_SIZE));
  const secrets = [allocate(guest, password), password.length, allocate(guest, salt), salt.length];
  const out = [digest, size, encoded, ENCODED_SIZE, kind, VERSION];
  const status = guest.call("_argon2_hash", passes, memory, lanes, ...secrets, ...out);
  if (status) return `${status}: ${guest.cstring(guest.call("_argon2_error_message", status))}\n`;
  const verified = guest.call("_argon2_verify", encoded, text(guest, args[0]), password.length, kind);
  return `${guest.read(digest, size).toString("hex")}\n${guest.cstring(encoded)}\nverified: ${verified}\n`;
};
