// Run a program under the JavaScript that Emscripten generated for it, and report what it did.
//
//     node --no-experimental-fetch glue.js JOB
//
// JOB is a JSON file: {glue, argv, env, stdin, files: {guest path: host path}, collect: [guest path], driver, report}.
// The report is JSON as well, with every byte string in base64. The glue itself is not changed by one byte: it is
// evaluated as the body of a function whose `module` parameter watches for the Module object, because that is the one
// moment at which hooks can still be put in front of what the glue captures for itself.
"use strict";

const fs = require("fs");
const path = require("path");

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
// The glue takes its own arguments from here, and would take this script's.
process.argv.length = 2;

const stdout = [];
const stderr = [];
const stdin = fs.readFileSync(job.stdin);
let stdinOffset = 0;
let status = 0;

class GuestExit extends Error {}

// A line at a time is all that `Module.print` gives: it adds the newline, and an unfinished last line and NULs are lost.
// `watchTerminal` replaces it wherever the file system can be reached.
function printLine(sink) {
  return (text) => sink.push(...Buffer.from(`${text}\n`, "utf8"));
}

function watchTerminal(FS) {
  const reader = () => (stdinOffset < stdin.length ? stdin[stdinOffset++] : null);
  const writer = (sink) => (tty, byte) => {
    if (byte !== null) sink.push(byte & 0xff);
  };
  const ops = (sink) => ({ get_char: reader, put_char: writer(sink), flush: () => {} });
  FS.streams[0].tty.ops = ops(stdout);
  FS.streams[1].tty.ops = ops(stdout);
  FS.streams[2].tty.ops = ops(stderr);
}

// Returns the promise of the moment at which the program is initialised and `main` could be called.
const ready = new Promise((resolve) => {
  job.hook = (Module) => {
    Module.noInitialRun = true;
    Module.thisProgram = "./this.program";
    Module.arguments = [];
    Module.print = printLine(stdout);
    Module.printErr = printLine(stderr);
    Module.quit = (code) => {
      status = code;
      throw new GuestExit(`exit(${code})`);
    };
    const before = [].concat(Module.preRun || []);
    const after = [].concat(Module.postRun || []);
    Module.preRun = before.concat(() => job.beforeRun());
    Module.postRun = after.concat(() => resolve(Module));
    return Module;
  };
});

function evaluate(file) {
  let exported = {};
  const hooked = new Set();
  const module = {
    get exports() {
      return exported;
    },
    set exports(value) {
      exported = value;
      if (value && typeof value === "object") hooked.add(job.hook(value));
    },
  };
  const names = ["exports", "require", "module", "__filename", "__dirname"];
  const scope = "\n;return {FS: typeof FS === 'undefined' ? null : FS, ENV: typeof ENV === 'undefined' ? {} : ENV}";
  const body = new Function(...names, fs.readFileSync(file, "utf8") + scope);
  const sibling = (name) => require(name.startsWith(".") ? path.resolve(path.dirname(file), name) : name);
  const inner = body(exported, sibling, module, file, path.dirname(file));
  // Glue that brings a Module object of its own has put its `quit` and `preRun` over the hooks meanwhile. Nothing has
  // run yet, since the WebAssembly is instantiated asynchronously: put them back.
  if (hooked.has(exported)) job.hook(exported);
  return { exported, inner };
}

async function main() {
  const { exported, inner } = evaluate(job.glue);
  const driver = job.driver ? require(job.driver) : null;
  job.beforeRun = () => Object.assign(inner.ENV, job.env);
  if (driver && driver.open) driver.open(exported, job.hook);
  const Module = await ready;
  const FS = inner.FS || Module.FS || null;
  if (FS) watchTerminal(FS);
  const files = {};
  for (const [guest, host] of Object.entries(job.files)) {
    FS.mkdirTree(path.posix.dirname(guest));
    if (host !== null) FS.writeFile(guest, fs.readFileSync(host));
  }
  let result = null;
  try {
    if (driver) result = driver.run(Module, job.inputs);
    else Module.callMain(job.argv);
  } catch (error) {
    if (!(error instanceof GuestExit)) throw error;
  }
  for (const guest of job.collect) files[guest] = Buffer.from(FS.readFile(guest)).toString("base64");
  const encode = (bytes) => Buffer.from(bytes).toString("base64");
  const report = { status, stdout: encode(stdout), stderr: encode(stderr), result, files, bytewise: FS !== null };
  fs.writeFileSync(job.report, JSON.stringify(report));
  process.exit(0);
}

main();
