"use strict";

const { text } = require("./common.js");

const ANSWERS = { go: "bestmove ", isready: "readyok", uci: "uciok" };
const lines = [];

let engine = null;
let started = null;

// The package's JavaScript takes the lines for itself, and hands them on to who listens. It puts its own `postRun` over
// the oracle's, and calls main.
exports.open = (start, hooks) => {
  engine = hooks();
  const { print } = engine;
  started = new Promise((resolve) => {
    engine.onRuntimeInitialized = () => resolve();
  });
  start(engine);
  engine.addMessageListener((line) => {
    lines.push(line);
    print(line);
  });
};

exports.take = async () => {
  await started;
  delete engine.then; // It would pass for a promise's.
  return engine;
};

exports.run = async (guest, args) => {
  const moment = () => new Promise((resolve) => setTimeout(resolve, 1));
  for (const command of args) {
    const address = text(guest, command);
    const answer = ANSWERS[command.split(" ")[0]];
    const seen = lines.length;
    while (guest.call("_uci_command", address)) await moment();
    while (answer && !lines.slice(seen).some((line) => line.startsWith(answer))) await moment();
    guest.call("_free", address);
  }
  return `${args.length} commands\n`;
};
