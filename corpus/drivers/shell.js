// The twin of shell.py.
"use strict";

const BEFORE = { print: 1, keepComments: 1, variant: 0 };
const AFTER = {
  recoverErrors: 0,
  simplify: 0,
  indent: 2,
  binaryNextLine: 1,
  switchCaseIndent: 1,
  spaceRedirects: 1,
  keepPadding: 0,
  minify: 0,
  singleLine: 0,
  functionNextLine: 0,
};

exports.imports = { "gojs.runtime.ticks": () => 0n, "gojs.syscall/js.valueGet": () => 0n };

function text(guest, value) {
  const bytes = Buffer.from(value);
  const address = guest.call("wasmAlloc", bytes.length);
  guest.write(address, bytes);
  return [address, bytes.length, bytes.length];
}

exports.run = (guest, [settings, ...scripts]) => {
  const chosen = Object.fromEntries(settings.split(" ").map((setting) => setting.split("=")));
  const values = (group) => Object.entries(group).map(([name, value]) => Number(chosen[name] ?? value));
  return scripts
    .map((script) => {
      const [path, source, stop] = ["script.sh", script, ""].map((value) => text(guest, value));
      return `${guest.cstring(guest.call("process", ...path, ...source, ...values(BEFORE), ...stop, ...values(AFTER)))}\n`;
    })
    .join("");
};
