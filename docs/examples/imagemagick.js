// What imagemagick.py does, with the JavaScript beside the binary. Each command gets a program that starts anew.
"use strict";
const { createHash } = require("crypto");
const { readFileSync } = require("fs");
const { dirname } = require("path");

const source = readFileSync(process.argv[2], "utf8");

async function magick(args, inputs, output) {
  const told = [];
  let files;
  await new Promise((resolve) => {
    const Module = {
      thisProgram: "magick.wasm",
      noInitialRun: true,
      wasmBinary: readFileSync(process.argv[2].replace(/js$/, "wasm")),
      print: () => {},
      printErr: (line) => told.push(line),
      quit: () => {},
      onRuntimeInitialized: () => setImmediate(resolve),
    };
    const evaluate = new Function("Module", "require", "__dirname", "process", `${source};return [FS, Module];`);
    files = evaluate(Module, require, dirname(process.argv[2]), process);
  });
  const [FS, Module] = files;
  for (const [path, data] of Object.entries(inputs)) FS.writeFile(path, data);
  Module.callMain(args);
  if (!FS.analyzePath(output).exists) throw new Error(told.join("\n"));
  return Buffer.from(FS.readFile(output));
}

(async () => {
  const picture = await magick(["convert", "-size", "64x48", "gradient:red-blue", "/out.png"], {}, "/out.png");
  const steps = ["convert", "/in.png", "-rotate", "90", "-resize", "50%", "-depth", "8", "/out.ppm"];
  const small = await magick(steps, { "/in.png": picture }, "/out.ppm");
  const [header, size, depth] = small.toString("latin1").split("\n", 3);
  const pixels = small.subarray([header, size, depth, ""].join("\n").length);
  console.log(header, size, depth, pixels.length);
  console.log(createHash("sha256").update(pixels).digest("hex"));
  try {
    await magick(["convert", "/nothing.png", "/out.png"], {}, "/out.png");
  } catch (error) {
    console.log(error.message);
  }
})();
