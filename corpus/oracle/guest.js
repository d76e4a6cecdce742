// What a driver sees of a library: the JavaScript twin of the few names of compat's `Module` that drivers use.
"use strict";

class Guest {
  // `exports` by name, `heap` a function that gives the memory as it is now, `settle` the promise of a quiet event loop,
  // `stdin` a text.
  constructor(exports, heap, settle, stdin) {
    this.exports = exports;
    this.heap = heap;
    this.settle = settle;
    this.stdin = stdin;
  }

  call(name, ...args) {
    return this.exports[name](...args);
  }

  read(address, size) {
    return Buffer.from(this.heap().subarray(address, address + size));
  }

  write(address, bytes) {
    this.heap().set(bytes, address);
  }

  cstring(address) {
    const heap = this.heap();
    return Buffer.from(heap.subarray(address, heap.indexOf(0, address))).toString("utf8");
  }
}

module.exports = { Guest };
