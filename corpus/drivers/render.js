"use strict";

const { u32 } = require("./common.js");

function text(guest, value) {
  const bytes = Buffer.from(`${value}\0`);
  const address = guest.call("malloc", bytes.length);
  guest.write(address, bytes);
  return address;
}

exports.run = (guest, args) => {
  const [graph, engine, form] = args.map((value) => text(guest, value));
  const size = guest.call("malloc", 4);
  const rendered = guest.call("graphviz_render", graph, form, engine, size);
  if (!rendered) return `error: ${guest.cstring(guest.call("graphviz_last_error"))}\n`;
  return guest.read(rendered, u32(guest, size)).toString("utf8");
};
