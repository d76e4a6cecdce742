// Run a program under the JavaScript that Emscripten generated for it, and report what it did.
//
//     node --no-experimental-fetch glue.js JOB
//
// JOB and the report are described in corpus/record.py. The glue is not changed by one byte: it is evaluated as the body
// of a function whose `module` parameter watches for the Module object, because the moment at which glue exports that is
// the only one at which hooks can be put in front of what it captures for itself.
"use strict";

const fs = require("fs");
const path = require("path");

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
// Glue takes the arguments of `main` from here.
process.argv.length = 2;

const stdin = fs.readFileSync(job.stdin);
const stdout = [];
const stderr = [];
let read = 0;
let status = 0;
let exit = null;

function terminal(sink) {
  return {
    get_char: () => (read < stdin.length ? stdin[read++] : null),
    put_char: (tty, byte) => sink.push(byte & 0xff),
    flush: () => {},
  };
}

// The three standard streams are terminals in the glue, so that C's stdio writes line by line: programs linked without
// EXIT_RUNTIME never flush what is left. The terminals stay; only the line assembly behind them, which loses NULs and
// an unfinished last line, is replaced.
function tapTerminals(FS) {
  FS.streams[0].tty.ops = terminal(stdout);
  FS.streams[1].tty.ops = terminal(stdout);
  FS.streams[2].tty.ops = terminal(stderr);
}

let settle;
const ready = new Promise((resolve) => {
  settle = resolve;
});

function hook(Module, ENV) {
  Module.noInitialRun = true;
  Module.thisProgram = "./this.program";
  Module.arguments = [];
  // For glue whose file system is out of reach: whole lines is what it hands out then.
  Module.print = (text) => stdout.push(...Buffer.from(`${text}\n`));
  Module.printErr = (text) => stderr.push(...Buffer.from(`${text}\n`));
  Module.quit = (code, signal) => {
    status = code;
    exit = signal;
    throw signal;
  };
  Module.preRun = [].concat(Module.preRun || [], () => Object.assign(ENV(), job.env));
  Module.postRun = [].concat(Module.postRun || [], () => settle(Module));
  return Module;
}

function evaluate(file) {
  const inner = {};
  const environment = () => inner.ENV || {};
  const seen = new Set();
  let exported = {};
  const module = {
    get exports() {
      return exported;
    },
    set exports(value) {
      exported = value;
      if (value && typeof value === "object") seen.add(hook(value, environment));
    },
  };
  const optional = (name) => `${name}: typeof ${name} === "undefined" ? null : ${name}`;
  const body = `${fs.readFileSync(file, "utf8")}\n;return {${optional("FS")}, ${optional("ENV")}}`;
  const glue = new Function("exports", "require", "module", "__filename", "__dirname", body);
  Object.assign(inner, glue(exported, require, module, file, path.dirname(file)));
  // Glue that brings a Module object of its own has put its `quit` and `preRun` over the hooks meanwhile. Nothing has
  // run yet, since the WebAssembly is instantiated asynchronously: put them back.
  if (seen.has(exported)) hook(exported, environment);
  return { exported, inner, hooks: () => hook({}, environment) };
}

async function main() {
  const { exported, inner, hooks } = evaluate(job.program);
  const driver = job.driver ? require(job.driver) : null;
  if (driver && driver.open) driver.open(exported, hooks);
  const Module = await ready;
  const FS = inner.FS || Module.FS || null;
  if (FS) tapTerminals(FS);
  for (const directory of job.directories) FS.mkdirTree(directory);
  for (const [guest, host] of Object.entries(job.inputs)) FS.writeFile(guest, fs.readFileSync(host));
  let result = null;
  try {
    if (driver) result = driver.run(Module, job.args);
    else Module.callMain(job.args);
  } catch (error) {
    if (error !== exit) throw error;
  }
  const encode = (bytes) => Buffer.from(bytes).toString("base64");
  const outputs = Object.fromEntries(job.outputs.map((guest) => [guest, encode(FS.readFile(guest))]));
  const report = { status, result, stdout: encode(stdout), stderr: encode(stderr), outputs };
  fs.writeFileSync(job.report, JSON.stringify(report));
  process.exit(0);
}

main();
