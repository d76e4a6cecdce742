// The twin of ruby.py.
"use strict";

const { u32 } = require("./common.js");

const OPTIONS = ["ruby", "--disable-gems", "-e_=0"];

const INIT = "ruby-init: func(args: list<string>) -> ()";
const EVAL = "rb-eval-string-protect: func(str: string) -> tuple<handle<rb-abi-value>, s32>";
const ERROR = "rb-errinfo: func() -> handle<rb-abi-value>";
const CLEAR = "rb-clear-errinfo: func() -> ()";
const CALL =
  "rb-funcallv-protect: func(recv: handle<rb-abi-value>, mid: u32, args: list<handle<rb-abi-value>>)" +
  " -> tuple<handle<rb-abi-value>, s32>";
const INTERN = "rb-intern: func(name: string) -> u32";
const TEXT = "rstring-ptr: func(value: handle<rb-abi-value>) -> string";

const same = (value) => value;

exports.imports = {
  "canonical_abi.resource_new_rb-abi-value": same,
  "canonical_abi.resource_get_rb-abi-value": same,
};

function put(guest, bytes) {
  const address = guest.call("cabi_realloc", 0, 0, 4, bytes.length);
  guest.write(address, bytes);
  return address;
}

function text(guest, value) {
  const bytes = Buffer.from(value);
  return [put(guest, bytes), bytes.length];
}

const result = (guest, address) => [u32(guest, address), u32(guest, address + 4)];

function string(guest, value) {
  const [address, length] = result(guest, guest.call(TEXT, value));
  return guest.read(address, length).toString("utf8");
}

exports.run = (guest, args) => {
  const words = OPTIONS.flatMap((option) => text(guest, `${option}\0`));
  guest.call(INIT, put(guest, Buffer.from(Uint32Array.from(words).buffer)), OPTIONS.length);
  const inspect = guest.call(INTERN, ...text(guest, "inspect"));
  return args
    .map((code) => {
      let [value, state] = result(guest, guest.call(EVAL, ...text(guest, code)));
      if (state) {
        value = guest.call(ERROR);
        guest.call(CLEAR);
      }
      const [shown] = result(guest, guest.call(CALL, value, inspect, 0, 0));
      return `> ${code}\n${state ? "! " : ""}${string(guest, shown)}\n`;
    })
    .join("");
};
