"use strict";

const { text } = require("./common.js");

// An exported function makes the Module object a moment later, and calls `_init` on it itself.
exports.open = (exported) => {
  if (typeof exported === "function") exported();
};

exports.run = async (guest, args) => {
  if (guest.exports._main) guest.call("_main", 0, 0);
  for (const command of args) {
    const address = text(guest, command);
    guest.call("_uci_command", address);
    await guest.settle();
    guest.call("_free", address);
  }
  return `${args.length} commands\n`;
};
