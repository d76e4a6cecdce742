// Runs a WASI command under node: node wasi.js FILE [ARGUMENTS…]. Where the last argument is a directory, it is preopened.
const { WASI } = require("node:wasi");
const fs = require("node:fs");
const [file, ...args] = process.argv.slice(2);
const last = args.at(-1);
const preopens = last && fs.existsSync(last) && fs.statSync(last).isDirectory() ? { [last]: last } : {};
const wasi = new WASI({ version: "preview1", args: [file, ...args], preopens });
const compiled = new WebAssembly.Module(fs.readFileSync(file));
wasi.start(new WebAssembly.Instance(compiled, wasi.getImportObject()));
