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
const { Guest } = require("./guest.js");

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
// Glue takes the arguments of `main` from here.
process.argv.length = 2;
// Of a program with threads.
if (fs.existsSync(job.program.replace(/\.js$/, ".worker.js"))) globalThis.Worker = require("./worker.js");

const stdin = fs.readFileSync(job.stdin);
const written = { stdout: [], stderr: [] };
const lines = { stdout: [], stderr: [] };
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
const canTap = (FS) => Boolean(FS && FS.streams && FS.init); // The Closure compiler renames some of that.

function tapTerminals(FS) {
  if (!FS.init.initialized) FS.init();
  FS.streams[0].tty.ops = terminal(written.stdout);
  FS.streams[1].tty.ops = terminal(written.stdout);
  FS.streams[2].tty.ops = terminal(written.stderr);
}

// Some glue lets out `mkdir` and not `mkdirTree`.
function makeDirectory(FS, directory) {
  const names = directory.split("/").slice(1);
  for (let depth = 1; depth <= names.length; depth++) {
    const place = `/${names.slice(0, depth).join("/")}`;
    try {
      FS.stat(place);
    } catch {
      FS.mkdir(place);
    }
  }
}

// Of the Module object in a wrapper: some have a `then` that would pass for a promise's.
let announce;
const ready = new Promise((resolve) => {
  announce = resolve;
});

// Deferred calls of the guest that are still to come.
let pending = 0;

function countingSetTimeout(callback, delay) {
  pending++;
  return setTimeout(() => {
    pending--;
    callback();
  }, delay);
}

async function settle() {
  do await new Promise((resolve) => setImmediate(resolve));
  while (pending > 0);
}

function hook(Module, prepare) {
  Module.noInitialRun = true;
  Module.thisProgram = job.name;
  Module.arguments = [];
  Module.mainScriptUrlOrBlob = job.program;
  // Glue that was made for the web alone would fetch it.
  if (job.wasm) Module.wasmBinary = fs.readFileSync(job.wasm);
  // What comes through here is the glue's own chatter, except where its file system is out of reach: then the guest's
  // output comes this way too, in whole lines.
  Module.print = (text) => lines.stdout.push(...Buffer.from(`${text}\n`));
  Module.printErr = (text) => lines.stderr.push(...Buffer.from(`${text}\n`));
  Module.quit = (code, signal) => {
    status = code;
    exit = signal;
    throw signal;
  };
  Module.preRun = [].concat(Module.preRun || [], prepare);
  Module.postRun = [].concat(Module.postRun || [], () => announce({ Module }));
  return Module;
}

function evaluate(file) {
  const inner = {};
  const prepare = () => {
    Object.assign(inner.ENV || {}, job.env);
    if (canTap(inner.FS)) tapTerminals(inner.FS);
  };
  const seen = new Set();
  let exported = {};
  const module = {
    get exports() {
      return exported;
    },
    set exports(value) {
      exported = value;
      if (value && typeof value === "object") seen.add(hook(value, prepare));
    },
  };
  const optional = (name) => `${name}: typeof ${name} === "undefined" ? null : ${name}`;
  // What an ES module exports is given to `module`.
  const text = fs.readFileSync(file, "utf8").replace(/\nexport default (?=[^\n]*\s*$)/, "\nmodule.exports = ");
  const body = `${text}\n;return {${optional("FS")}, ${optional("ENV")}}`;
  const glue = new Function("exports", "require", "module", "__filename", "__dirname", "setTimeout", "document", body);
  // Glue that was made for the web alone does not ask whether there is a document.
  Object.assign(inner, glue(exported, require, module, file, path.dirname(file), countingSetTimeout, {}));
  // Glue that brings a Module object of its own has put its `quit` and `preRun` over the hooks meanwhile.
  for (const Module of seen) hook(Module, prepare);
  return { exported, inner, prepare, hooks: () => hook({}, prepare) };
}

async function main() {
  // First: that of a script which is made for a browser brings what it would find there.
  const driver = job.driver ? require(job.driver) : null;
  const { exported, inner, prepare, hooks } = evaluate(job.program);
  if (driver && driver.open) driver.open(exported, hooks);
  // A package that starts its glue itself is asked for what it then has.
  const { Module } = driver && driver.take ? { Module: await driver.take(exported) } : await ready;
  // Glue that is all one function lets out its file system, or some of it, by the Module object, if at all.
  inner.FS = inner.FS || Module.FS;
  // Once more, for glue that compiles synchronously: it is through its start before its FS can be reached.
  prepare();
  const { FS } = inner;
  for (const directory of job.directories) makeDirectory(FS, directory);
  for (const [guest, host] of Object.entries(job.inputs)) FS.writeFile(guest, fs.readFileSync(host));
  let result = null;
  try {
    if (driver) result = await driver.run(new Guest(Module, () => Module.HEAPU8, settle, stdin.toString()), job.args);
    else Module.callMain(job.args);
  } catch (error) {
    if (error !== exit) throw error;
  }
  const encode = (bytes) => Buffer.from(bytes).toString("base64");
  const outputs = Object.fromEntries(job.outputs.map((guest) => [guest, encode(FS.readFile(guest))]));
  const { stdout, stderr } = canTap(FS) ? written : lines;
  const report = { status, result, stdout: encode(stdout), stderr: encode(stderr), outputs };
  fs.writeFileSync(job.report, JSON.stringify(report));
  process.exit(0);
}

// Glue puts handlers of its own on the process, which would end it without a word.
main().catch((error) => {
  fs.writeSync(2, `${error && error.stack ? error.stack : error}\n`);
  process.exit(1);
});
