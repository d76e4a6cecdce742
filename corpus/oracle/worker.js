// A browser's Worker for the glue of programs with threads, on a thread of node's.
//
// What it evaluates finds the global scope of a worker, so it takes itself for one; and it may wait there.
"use strict";

const fs = require("fs");
const vm = require("vm");
const threads = require("worker_threads");

globalThis.navigator ??= { hardwareConcurrency: 4 };

class Worker {
  constructor(file) {
    this.thread = new threads.Worker(__filename, { workerData: file });
    this.thread.on("message", (data) => this.onmessage({ data }));
    this.thread.on("error", (error) => {
      throw error;
    });
  }

  postMessage(data, transferred) {
    this.thread.postMessage(data, transferred);
  }

  terminate() {
    this.thread.terminate();
  }
}

const evaluate = (file) => vm.runInThisContext(fs.readFileSync(file, "utf8"), file);

if (threads.isMainThread) {
  module.exports = Worker;
} else {
  const port = threads.parentPort;
  Object.assign(globalThis, {
    self: globalThis,
    require,
    location: { href: threads.workerData },
    importScripts: evaluate,
    addEventListener: () => {},
    postMessage: (data, transferred) => port.postMessage(data, transferred),
  });
  evaluate(threads.workerData);
  port.on("message", (data) => globalThis.onmessage({ data }));
}
