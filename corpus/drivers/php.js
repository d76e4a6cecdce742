"use strict";

const fs = require("fs");
const { text } = require("./common.js");

// The glue was made for a page: it asks where that is, and would fetch its data package.
exports.open = (start, hooks) => {
  globalThis.location = { pathname: "/" };
  const getPreloadedPackage = (name) => Uint8Array.from(fs.readFileSync(name)).buffer;
  start(Object.assign(hooks(), { getPreloadedPackage }));
};

exports.run = (guest, args) => args.map((code) => `${guest.call("_pib_eval", text(guest, code))}\n`).join("");
