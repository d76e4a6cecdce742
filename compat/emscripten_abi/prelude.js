// What a program's glue finds where it expects a browser: the guest's memory and exports, a clock, entropy, a console,
// timers and files that are the kernel's, and a document in which there is nothing. Evaluated once, before the glue;
// `host(operation, …)` asks Python (scripts.py), `memory` is an ArrayBuffer over the guest's.
"use strict";

(() => {
  const host = globalThis.host;
  delete globalThis.host;
  const never = () => new Promise(() => {});
  const nothing = () => {};

  // --- time, chance, output

  const RealDate = Date;
  const now = () => host("time");
  globalThis.Date = class Date extends RealDate {
    constructor(...values) {
      if (values.length) super(...values);
      else super(now());
    }
    static now() {
      return now();
    }
  };
  globalThis.performance = { now: () => host("monotonic") };
  const random = (bytes) => {
    bytes.set(host("random", bytes.length));
    return bytes;
  };
  Math.random = () => {
    const [high, low] = new Uint32Array(random(new Uint8Array(8)).buffer);
    return ((high >>> 6) * 2 ** 27 + (low >>> 5)) / 2 ** 53;
  };
  globalThis.crypto = {
    getRandomValues: (array) => {
      random(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      return array;
    },
  };
  const write = (descriptor) => (...values) => host("write", descriptor, values.map(String).join(" ") + "\n");
  globalThis.console = {};
  for (const name of ["log", "info", "debug", "dir"]) console[name] = write(1);
  for (const name of ["warn", "error", "trace"]) console[name] = write(2);
  console.assert = nothing;

  // --- timers

  const timers = new Map();
  let timer = 0;
  globalThis.setTimeout = (call, delay, ...values) => {
    timers.set(++timer, () => call(...values));
    host("timer", timer, Number(delay) || 0);
    return timer;
  };
  globalThis.clearTimeout = (id) => timers.delete(id);
  globalThis.setInterval = (call, delay, ...values) => {
    const again = () => {
      host("timer", id, Number(delay) || 0);
      timers.set(id, again);
      call(...values);
    };
    const id = setTimeout(nothing, delay);
    timers.set(id, again);
    return id;
  };
  globalThis.clearInterval = clearTimeout;
  globalThis.requestAnimationFrame = (call) => setTimeout(() => call(performance.now()), 16);
  globalThis.fire = (id) => {
    const call = timers.get(id);
    timers.delete(id);
    if (call) call();
  };

  // --- a page in which there is nothing

  const element = () => ({
    style: {},
    width: 0,
    height: 0,
    addEventListener: nothing,
    removeEventListener: nothing,
    appendChild: nothing,
    setAttribute: nothing,
    getAttribute: () => null,
    getContext: () => null,
    getBoundingClientRect: () => ({ left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0 }),
  });
  globalThis.window = globalThis.self = globalThis;
  globalThis.addEventListener = globalThis.removeEventListener = nothing;
  globalThis.innerWidth = globalThis.innerHeight = 0;
  globalThis.devicePixelRatio = 1;
  globalThis.alert = console.log;
  globalThis.location = { href: "", pathname: "/", search: "", hash: "", host: "", hostname: "", protocol: "file:" };
  globalThis.navigator = { userAgent: "", platform: "", language: "C", languages: ["C"], hardwareConcurrency: 1 };
  globalThis.document = {
    ...element(),
    currentScript: { src: "" },
    body: element(),
    title: "",
    URL: "",
    cookie: "",
    readyState: "complete",
    getElementById: () => null,
    querySelector: () => null,
    querySelectorAll: () => [],
    getElementsByTagName: () => [],
    createElement: element,
  };
  globalThis.fetch = never;
  globalThis.XMLHttpRequest = class {
    open() {}
    send() {}
    setRequestHeader() {}
    overrideMimeType() {}
  };

  // --- the guest

  let imports = null;
  const exported = new Proxy(Object.create(null), {
    get: (_, name) => {
      if (typeof name === "string" && name !== "then") return (...values) => host("call", name, ...values.map(Number));
    },
    has: () => true,
  });
  const capture = (info) => {
    imports = { ...info.env };
    return exported;
  };
  globalThis.WebAssembly = {
    Memory: class {
      constructor() {
        this.buffer = memory;
      }
      grow() {
        throw new RangeError("memory is the guest's");
      }
    },
    Table: class {
      constructor(type) {
        this.length = type.initial;
      }
      get() {
        return null;
      }
      set() {}
      grow() {
        throw new RangeError("the table is the guest's");
      }
    },
    Global: class {
      constructor(type, value) {
        this.value = value;
      }
    },
    Module: class {},
    Instance: class {
      constructor(module, info) {
        this.exports = capture(info);
      }
    },
    RuntimeError: class extends Error {},
    validate: () => true,
    compile: never,
    instantiate: (binary, info) => (capture(info), never()),
    instantiateStreaming: (response, info) => (capture(info), never()),
  };

  // --- files

  class ErrnoError extends Error {
    constructor(errno) {
      super(`FS error ${errno}`);
      this.errno = errno;
    }
  }
  const file = (operation, ...values) => {
    const result = host("file", operation, ...values);
    if (typeof result === "number") throw new ErrnoError(result);
    return result;
  };
  const stat = (path, follow) => {
    const found = JSON.parse(file("stat", path, follow));
    for (const time of ["atime", "mtime", "ctime"]) found[time] = new Date(found[time]);
    return found;
  };
  const encode = (text) => {
    const bytes = unescape(encodeURIComponent(text));
    return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
  };
  const files = {
    ErrnoError,
    readFile: (path, options) => {
      const text = options && (options.encoding || options) === "utf8";
      return file(text ? "readText" : "read", path);
    },
    writeFile: (path, data) => {
      const bytes = typeof data === "string" ? encode(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      file("write", path, bytes);
    },
    mkdir: (path, mode = 0o777) => file("mkdir", path, mode),
    rmdir: (path) => file("rmdir", path),
    unlink: (path) => file("unlink", path),
    rename: (from, to) => file("rename", from, to),
    symlink: (target, path) => file("symlink", target, path),
    readlink: (path) => file("readlink", path),
    readdir: (path) => [".", "..", ...JSON.parse(file("readdir", path))],
    truncate: (path, size) => file("truncate", path, size),
    chmod: (path, mode) => file("chmod", path, mode),
    cwd: () => file("cwd"),
    chdir: (path) => file("chdir", path),
    stat: (path) => stat(path, true),
    lstat: (path) => stat(path, false),
    isFile: (mode) => (mode & 0o170000) === 0o100000,
    isDir: (mode) => (mode & 0o170000) === 0o040000,
    isLink: (mode) => (mode & 0o170000) === 0o120000,
    analyzePath: (path) => {
      const name = path.split("/").pop();
      try {
        return { exists: true, error: 0, name, path, object: stat(path, true) };
      } catch (error) {
        if (!(error instanceof ErrnoError)) throw error;
        return { exists: false, error: error.errno, name, path: null, object: null };
      }
    },
    mkdirTree: (path) => {
      const names = path.split("/");
      for (let depth = 2; depth <= names.length; depth++) {
        const place = names.slice(0, depth).join("/");
        if (!files.analyzePath(place).exists) files.mkdir(place);
      }
    },
  };

  // --- the glue

  const lines = (descriptor) => (text) => host("write", descriptor, `${text}\n`);
  const settings = (program) => ({
    noInitialRun: true,
    thisProgram: program,
    arguments: [],
    print: lines(1),
    printErr: lines(2),
    instantiateWasm: capture,
    locateFile: (name) => name,
    getPreloadedPackage: () => new ArrayBuffer(0),
  });
  // Evaluate the glue up to where it would load the program, with `FS` and `Module` of its scope given back.
  globalThis.load = (text, program) => {
    const Module = settings(program);
    const module = { exports: {} };
    const given = ["FS", "Module"].map((name) => `${name}: typeof ${name} === "undefined" ? undefined : ${name}`);
    const glue = new Function("Module", "module", "exports", `${text}\n;return {${given}};`);
    let scope = glue.call(globalThis, Module, module, module.exports);
    for (const factory of [module.exports, module.exports.default, ...Object.values(module.exports)])
      if (!imports && typeof factory === "function") {
        const result = factory(Module);
        scope = { Module, FS: Module.FS || (result && result.FS) };
      }
    if (!imports) throw new Error("the glue does not ask for a program");
    const target = scope.Module || Module;
    globalThis.Module = target;
    target.asm = exported;
    if (target.FS) Object.assign(target.FS, files);
    if (scope.FS) Object.assign(scope.FS, files);
    return Object.keys(imports).filter((name) => typeof imports[name] === "function").join(" ");
  };
  globalThis.invoke = (name, ...values) => Number(imports[name](...values));
})();
