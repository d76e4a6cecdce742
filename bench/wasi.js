// Runs a WASI command under node: node wasi.js FILE [ARGUMENTS…]
const { WASI } = require("node:wasi");
const fs = require("node:fs");
const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [file, ...args] });
const compiled = new WebAssembly.Module(fs.readFileSync(file));
wasi.start(new WebAssembly.Instance(compiled, wasi.getImportObject()));
