// Run a WASI command under node:wasi, with one directory as its root: node wasi.js PROGRAM DIRECTORY
"use strict";

const fs = require("fs");
const { WASI } = require("wasi");

const [program, directory] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", preopens: { "/": directory } });
WebAssembly.compile(fs.readFileSync(program))
  .then((module) => WebAssembly.instantiate(module, wasi.getImportObject()))
  .then((instance) => {
    process.exitCode = wasi.start(instance);
  });
