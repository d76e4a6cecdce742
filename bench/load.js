// Loads a library by its own glue, and calls it once: node load.js GLUE prints milliseconds, without node's own start.
const start = process.hrtime.bigint();
const fs = require("node:fs");
const path = require("node:path");
const [glue] = process.argv.slice(2);
const wasmBinary = fs.readFileSync(glue.replace(/\.js$/, ".wasm"));

require(path.resolve(glue))({ wasmBinary }).then((Module) => {
  Module._malloc(16);
  console.log(Number(process.hrtime.bigint() - start) / 1e6);
});
