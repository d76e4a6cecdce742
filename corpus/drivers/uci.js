"use strict";

const { text } = require("./common.js");

// The exported function makes the Module object a moment later, and calls `_init` on it itself.
exports.open = (start) => start();

exports.run = async (guest, args) => {
  for (const command of args) {
    const address = text(guest, command);
    guest.call("_uci_command", address);
    await guest.settle();
    guest.call("_free", address);
  }
  return `${args.length} commands\n`;
};
