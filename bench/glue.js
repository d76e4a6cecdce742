// Runs an Emscripten program under its own glue: node glue.js GLUE [ARGUMENTS…]
const path = require("node:path");
const [glue, ...args] = process.argv.slice(2);
process.chdir(path.dirname(glue));
global.Module = { arguments: args };
require(path.resolve(glue));
