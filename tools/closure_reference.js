// Part of tools/closure_reference.py: what is put into src/compiler.js of an Emscripten release, once its parts are loaded.
// It loads the library, with fields of C structs that could not be told as 0, and writes it as JSON instead of output.
const told = (object) =>
  new Proxy(object, {
    get: (target, key) => {
      const value = key in target ? target[key] : 0;
      return value && typeof value === "object" ? told(value) : value === 0 && typeof key === "string" ? zero : value;
    },
    has: () => true,
  });
const zero = new Proxy({}, { get: (_, key) => (key === Symbol.toPrimitive ? () => 0 : key === "toString" ? () => "0" : zero) });
C_STRUCTS = told(C_STRUCTS);
C_DEFINES = new Proxy(C_DEFINES, { get: (defines, key) => (key in defines ? defines[key] : 0), has: () => true });
processMacros = (text) =>
  text.replace(/{{{([^}]|}(?!}))+}}}/g, (macro) => {
    try {
      const value = eval(macro.slice(3, -3));
      return value === null || value === undefined ? "" : value.toString();
    } catch (error) {
      return "0"; // what depends on a field that is not known
    }
  });
LibraryManager.load();
const shown = (value, depth) => {
  if (typeof value === "function") return value.toString();
  if (!value || typeof value !== "object" || value instanceof RegExp || depth > 1) return depth ? null : String(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, typeof inner === "number" ? inner : shown(inner, depth + 1)]));
};
const library = Object.fromEntries(Object.entries(LibraryManager.library).map(([key, value]) => [key, shown(value, 0)]));
const parts = ["preamble.js", "support.js", "runtime_strings.js", "arrayUtils.js", "postamble.js"];
const present = parts.filter((name) => require("fs").existsSync(name));
const preamble = present.map((name) => processMacros(preprocess(read(name), name))).join("\n");
require("fs").writeFileSync(process.env.OUTPUT, JSON.stringify({ library, preamble }));
process.exit(0);
