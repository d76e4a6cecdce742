// Run a WASI command under node:wasi, and report what it did.
//
//     node --no-warnings wasi.js JOB
//
// JOB and the report are described in corpus/record.py.
"use strict";

const fs = require("fs");
const path = require("path");
const { WASI } = require("wasi");
const { Guest } = require("./guest.js");

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));

function directories() {
  const preopens = {};
  for (const guest of job.directories) {
    preopens[guest] = path.join(job.scratch, "root", guest);
    fs.mkdirSync(preopens[guest], { recursive: true });
  }
  for (const [guest, host] of Object.entries(job.inputs)) {
    const copy = path.join(job.scratch, "root", guest);
    fs.mkdirSync(path.dirname(copy), { recursive: true });
    fs.copyFileSync(host, copy);
  }
  return preopens;
}

// What the program imports of its embedder: from the driver, or a function that must not be called.
function imports(module, known, own) {
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const missing = () => {
      throw new Error(`nobody answers ${from}.${name}`);
    };
    known[from] ??= {};
    known[from][name] ??= own[`${from}.${name}`] ?? missing;
  }
  return known;
}

async function main() {
  const captured = (name) => path.join(job.scratch, name);
  const wasi = new WASI({
    version: job.version,
    args: [job.name, ...job.args],
    env: job.env,
    preopens: directories(),
    stdin: fs.openSync(job.stdin, "r"),
    stdout: fs.openSync(captured("stdout"), "w"),
    stderr: fs.openSync(captured("stderr"), "w"),
    returnOnExit: true,
  });
  const module = await WebAssembly.compile(fs.readFileSync(job.program));
  const driver = job.driver ? require(job.driver) : null;
  const instance = await WebAssembly.instantiate(module, imports(module, wasi.getImportObject(), driver?.imports ?? {}));
  const encode = (file) => fs.readFileSync(file).toString("base64");
  // node hands the memory to the calls only in `start`, so that a library's driver, too, comes after it.
  const status = instance.exports._start ? wasi.start(instance) : wasi.initialize(instance) ?? 0;
  const { exports } = instance;
  const guest = new Guest(exports, () => new Uint8Array(exports.memory.buffer), () => Promise.resolve());
  const result = driver ? await driver.run(guest, job.args) : null;
  const outputs = job.outputs.map((guest) => [guest, encode(path.join(job.scratch, "root", guest))]);
  const report = {
    status,
    result,
    stdout: encode(captured("stdout")),
    stderr: encode(captured("stderr")),
    outputs: Object.fromEntries(outputs),
  };
  fs.writeFileSync(job.report, JSON.stringify(report));
}

main();
