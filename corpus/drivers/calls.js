"use strict";

const { createHash } = require("crypto");
const { allocate, text } = require("./common.js");

const LARGEST_TOLD = 64;

exports.open = (exported, hooks) => {
  if (typeof exported === "function") exported(hooks());
};

const array = (Type) => (guest, values) => allocate(guest, Buffer.from(Type.from(values).buffer));

const KEPT = {
  space: (guest, [size]) => allocate(guest, Buffer.alloc(size)),
  ints: array(Int32Array),
  floats: array(Float32Array),
  doubles: array(Float64Array),
  saw: (guest, [count, period]) => {
    const steps = Array.from({ length: count }, (_, step) => (step % period) / period - 0.5);
    return KEPT.floats(guest, steps);
  },
  int: (guest, [address]) => guest.read(address, 4).readInt32LE(),
};

const TOLD = {
  read: (guest, address, size) => {
    const data = guest.read(address, size);
    if (size <= LARGEST_TOLD) return data.toString("hex");
    return `${size} bytes: ${createHash("sha256").update(data).digest("hex").slice(0, 16)}`;
  },
  string: (guest, address) => guest.cstring(address),
};

const number = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(6));

function take(guest, names, step) {
  const [, name, action] = /^(?:(\S+) = )?(.*)$/s.exec(step);
  const [verb, ...words] = action.split(" ");
  if (verb === "text" || verb === "bytes") {
    const rest = words.join(" ");
    names[name] = verb === "text" ? text(guest, rest) : allocate(guest, Buffer.from(rest, "hex"));
    return "";
  }
  const part = (word) => (word in names ? names[word] : Number(word));
  const values = words.map((word) => word.split("+").reduce((sum, word) => sum + part(word), 0));
  if (verb in TOLD) return `${TOLD[verb](guest, ...values)}\n`;
  const result = verb in KEPT ? KEPT[verb](guest, values) : guest.call(verb, ...values);
  if (result === undefined) return "";
  if (!name) return `${verb} -> ${number(result)}\n`;
  names[name] = result;
  return "";
}

exports.run = (guest, args) => {
  const names = {};
  return args.map((step) => take(guest, names, step)).join("");
};
