// Times one function of a program of tests/emscripten_abi/programs/cxx: node cxx.js FILE FUNCTION TIMES
// Prints nanoseconds a turn. The imports do what Emscripten's JavaScript did, as far as these functions need them.
const fs = require("node:fs");
const [file, name, times] = process.argv.slice(2);

const memory = new WebAssembly.Memory({ initial: 256, maximum: 256 });
const words = new Int32Array(memory.buffer);
const SLOT = 0x80000; // free memory, for a pointer to the exception
let program;
let high = 0;

const thrown = new Map();
const handled = [];
let last = 0;
let uncaught = 0;

function object(pointer) {
  if (thrown.has(pointer)) return pointer;
  for (const [known, record] of thrown) if (record.adjusted.includes(pointer)) return known;
  return pointer;
}

function invoke(signature) {
  const call = program["dynCall_" + signature];
  return (...operands) => {
    const stack = program.stackSave();
    try {
      return call(...operands);
    } catch (error) {
      program.stackRestore(stack);
      if (typeof error !== "number" && error !== "longjmp") throw error;
      program._setThrew(1, 0);
    }
  };
}

function findMatchingCatch(...types) {
  const record = thrown.get(last);
  if (!record || !record.type) {
    high = 0;
    return last;
  }
  words[SLOT >> 2] = last;
  for (const type of types) {
    if (type && program.___cxa_can_catch(type, record.type, SLOT)) {
      const adjusted = words[SLOT >> 2];
      record.adjusted.push(adjusted);
      high = type;
      return adjusted;
    }
  }
  high = record.type;
  return last;
}

const env = {
  memory,
  getTempRet0: () => high,
  setTempRet0: (value) => { high = value; },
  _llvm_eh_typeid_for: (type) => type,
  ___cxa_allocate_exception: (size) => program._malloc(size),
  ___cxa_throw(pointer, type, destructor) {
    thrown.set(pointer, { type, destructor, adjusted: [pointer], references: 0, caught: false });
    last = pointer;
    uncaught++;
    throw pointer;
  },
  ___resumeException(pointer) {
    last = last || pointer;
    throw pointer;
  },
  ___cxa_begin_catch(pointer) {
    const record = thrown.get(object(pointer));
    if (!record.caught) uncaught--;
    record.caught = true;
    record.references++;
    handled.push(pointer);
    return pointer;
  },
  ___cxa_end_catch() {
    const pointer = object(handled.pop());
    const record = thrown.get(pointer);
    last = 0;
    if (--record.references) return;
    thrown.delete(pointer);
    if (record.destructor) program.dynCall_vi(record.destructor, pointer);
    program._free(pointer);
  },
  _llvm_sin_f64: Math.sin,
  _llvm_pow_f64: Math.pow,
  _emscripten_longjmp(buffer, value) {
    program._setThrew(buffer, value || 1);
    throw "longjmp";
  },
};

function answer(imported) {
  if (imported in env) return env[imported];
  if (imported.startsWith("___cxa_find_matching_catch")) return findMatchingCatch;
  if (imported.startsWith("invoke_")) {
    let made; // at the first call: the program is not there yet
    return (...operands) => (made = made || invoke(imported.slice("invoke_".length)))(...operands);
  }
  return () => { throw new Error(imported + " is not part of this benchmark"); };
}

const compiled = new WebAssembly.Module(fs.readFileSync(file));
for (const { name: imported } of WebAssembly.Module.imports(compiled)) env[imported] = answer(imported);
program = new WebAssembly.Instance(compiled, { env }).exports;

program[name](Number(times) / 10);
const start = process.hrtime.bigint();
if (program[name](Number(times)) !== Number(times)) throw new Error(name + " did not count right");
console.log(Number(process.hrtime.bigint() - start) / Number(times));
