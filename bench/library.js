// Times a function of library.wat: node library.js FILE FUNCTION TIMES prints nanoseconds a turn.
const fs = require("node:fs");
const [file, name, times] = process.argv.slice(2);

const memory = new WebAssembly.Memory({ initial: 256, maximum: 256 });
const HEAP32 = new Int32Array(memory.buffer);
const env = {
  memory,
  answer: (number) => (number + 1) | 0,
  // In the manner of Emscripten's library.js.
  _gettimeofday(ptr) {
    const now = Date.now();
    HEAP32[ptr >> 2] = (now / 1000) | 0;
    HEAP32[(ptr + 4) >> 2] = ((now % 1000) * 1000) | 0;
    return 0;
  },
};
const library = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(file)), { env }).exports;

library[name](Number(times) / 10);
const start = process.hrtime.bigint();
if (library[name](Number(times)) !== Number(times)) throw new Error(name + " did not count right");
console.log(Number(process.hrtime.bigint() - start) / Number(times));
