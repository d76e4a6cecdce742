// Runs a WASI command under node: node wasi.js [--dir=DIRECTORY] FILE [ARGUMENTS…]
const { WASI } = require("node:wasi");
const fs = require("node:fs");
const words = process.argv.slice(2);
const preopens = {};
if (words[0].startsWith("--dir=")) {
  const directory = words.shift().slice("--dir=".length);
  preopens[directory] = directory;
}
const wasi = new WASI({ version: "preview1", args: words, preopens });
const compiled = new WebAssembly.Module(fs.readFileSync(words[0]));
wasi.start(new WebAssembly.Instance(compiled, wasi.getImportObject()));
