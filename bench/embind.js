// Times calls of the function that embind.wat registers: node embind.js FILE TIMES prints nanoseconds a call.
// What makes the function of a registration is in the manner of src/embind/embind.js.
const fs = require("node:fs");
const [file, times] = process.argv.slice(2);

const memory = new WebAssembly.Memory({ initial: 256, maximum: 256 });
const bytes = new Uint8Array(memory.buffer);
const words = new Int32Array(memory.buffer);
const types = {};
const Module = {};
let program;

function text(address) {
  let read = "";
  while (bytes[address]) read += String.fromCharCode(bytes[address++]);
  return read;
}

const env = {
  memory,
  __embind_register_integer(type, name, size, low, high) {
    name = text(name);
    types[type] = {
      fromWireType: (value) => value,
      toWireType(destructors, value) {
        if (typeof value !== "number" && typeof value !== "boolean") throw new TypeError(`not a ${name}: ${value}`);
        if (value < low || value > high) throw new TypeError(`${value} is outside of ${name}`);
        return value | 0;
      },
    };
  },
  __embind_register_function(name, count, argTypes, signature, invoker, fn) {
    const [result, argument] = [0, 1].map((place) => types[words[(argTypes >> 2) + place]]);
    const call = program[`dynCall_${text(signature)}`];
    const dynCall = new Function("call", "invoker", "return (a1, a2) => call(invoker, a1, a2)")(call, invoker);
    const body = `return function (arg0) {
      if (arguments.length !== 1) throw new TypeError("called with " + arguments.length + " arguments");
      var arg0Wired = argument.toWireType(null, arg0);
      var rv = invoker(fn, arg0Wired);
      return result.fromWireType(rv);
    }`;
    Module[text(name)] = new Function("argument", "result", "invoker", "fn", body)(argument, result, dynCall, fn);
  },
};

program = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(file)), { env }).exports;
program.__GLOBAL__sub_I_increment_cpp();

let number = 0;
for (let turn = 0; turn < times / 10; turn++) Module.increment(turn);
const start = process.hrtime.bigint();
for (let turn = 0; turn < times; turn++) number = Module.increment(number);
const elapsed = Number(process.hrtime.bigint() - start);
if (number !== Number(times)) throw new Error("increment did not count right");
console.log(elapsed / times);
