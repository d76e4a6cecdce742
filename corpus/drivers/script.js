// The twin of script.py.
"use strict";

function text(guest, value) {
  const bytes = Buffer.from(`${value}\0`);
  const address = guest.call("wasm_malloc", bytes.length);
  guest.write(address, bytes);
  return address;
}

exports.run = (guest, args) => {
  guest.call("qjs_init");
  const name = text(guest, "script");
  const lines = args.map((code) => {
    let value = guest.call("qjs_eval", text(guest, code), Buffer.byteLength(code), name, 0);
    const thrown = guest.call("qjs_is_exception", value);
    if (thrown) value = guest.call("qjs_get_exception");
    while (guest.call("qjs_is_job_pending")) guest.call("qjs_execute_pending_job");
    return `> ${code}\n${thrown ? "! " : ""}${guest.cstring(guest.call("qjs_get_string", value))}\n`;
  });
  return lines.join("");
};
