"use strict";

const { text } = require("./common.js");

const STACK = 64 << 10;
const TYPED = "repl ";

exports.run = (guest, args) => {
  const told = [];
  global.mpjsPrintStdout = (bytes) => told.push(bytes.toString("latin1"));
  guest.call("_mp_js_init", STACK);
  if (args.some((code) => code.startsWith(TYPED))) guest.call("_mp_js_init_repl");
  for (const code of args) {
    if (code.startsWith(TYPED)) {
      for (const character of Buffer.from(`${code.slice(TYPED.length)}\r`)) guest.call("_mp_js_process_char", character);
    } else guest.call("_mp_js_do_str", text(guest, code));
  }
  return told.join("");
};
