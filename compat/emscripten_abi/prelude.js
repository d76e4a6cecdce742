// What a program's glue finds where it expects a browser: the guest's memory and exports, a clock, entropy, a console,
// timers and files that are the kernel's, and a document in which there is nothing. Evaluated once, before the glue;
// `host(operation, …)` asks Python (scripts.py), `memory` is an ArrayBuffer over the guest's.
"use strict";

(() => {
  const { host, fileSystem } = globalThis;
  delete globalThis.host;
  delete globalThis.fileSystem;
  // What Python calls: nothing that a program does may take its place.
  const entry = (name, value) => Object.defineProperty(globalThis, name, { value });
  const never = () => new Promise(() => {});
  const nothing = () => {};

  // --- text

  const encode = (text) => host("encode", String(text));
  globalThis.TextEncoder = class TextEncoder {
    encoding = "utf-8";
    encode(text = "") {
      return encode(text);
    }
  };
  const ENCODINGS = { utf8: "utf-8", "utf-8": "utf-8", "utf-16le": "utf-16-le", "utf-16": "utf-16-le" };
  globalThis.TextDecoder = class TextDecoder {
    constructor(label = "utf-8") {
      if (!Object.hasOwn(ENCODINGS, label)) throw new RangeError(`no such encoding: ${label}`);
      this.encoding = label;
    }
    decode(data = new Uint8Array()) {
      const bytes = ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : new Uint8Array(data);
      return host("decode", bytes, ENCODINGS[this.encoding]);
    }
  };

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
  const write = (descriptor) => (...values) => host("print", descriptor, values.map(String).join(" ") + "\n");
  globalThis.console = {};
  for (const name of ["log", "info", "debug", "dir"]) console[name] = write(1);
  for (const name of ["warn", "error", "trace"]) console[name] = write(2);
  for (const name of ["time", "timeEnd", "group", "groupEnd", "clear"]) console[name] = nothing;
  console.assert = (holds, ...values) => holds || console.error("Assertion failed:", ...values);

  // --- timers

  const timers = new Map();
  let timer = 0;
  // What comes again and again is a frame: how many of these a program gets, the user says.
  const later = (call, delay, isFrame) => {
    timers.set(++timer, call);
    host("timer", timer, Number(delay) || 0, isFrame);
    return timer;
  };
  globalThis.setTimeout = (call, delay, ...values) => later(() => call(...values), delay, false);
  globalThis.clearTimeout = (id) => timers.delete(id);
  globalThis.setInterval = (call, delay, ...values) => {
    const again = () => {
      host("timer", id, Number(delay) || 0, true);
      timers.set(id, again);
      call(...values);
    };
    const id = later(again, delay, true);
    return id;
  };
  globalThis.clearInterval = clearTimeout;
  globalThis.requestAnimationFrame = (call) => later(() => call(performance.now()), 16, true);
  globalThis.cancelAnimationFrame = clearTimeout;
  entry("fire", (id) => {
    const call = timers.get(id);
    timers.delete(id);
    if (call) call();
  });

  // --- promises that nobody handled when all that they put off has been done

  const rejected = new Map();
  entry("promiseRejected", (promise, reason, handled) => {
    if (handled) rejected.delete(promise);
    else rejected.set(promise, reason);
  });
  entry("reportRejections", () => {
    for (const reason of rejected.values()) console.error("Uncaught (in promise)", reason);
    rejected.clear();
  });

  // --- a page in which there is nothing

  const element = () => ({
    style: {},
    width: 0,
    height: 0,
    addEventListener: nothing,
    removeEventListener: nothing,
    dispatchEvent: () => true,
    appendChild: (child) => child,
    removeChild: (child) => child,
    remove: nothing,
    focus: nothing,
    blur: nothing,
    click: nothing,
    classList: { add: nothing, remove: nothing, toggle: () => false, contains: () => false },
    dataset: {},
    innerHTML: "",
    textContent: "",
    setAttribute: nothing,
    removeAttribute: nothing,
    hasAttribute: () => false,
    getAttribute: () => null,
    getContext: () => null,
    getBoundingClientRect: () => ({ left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0 }),
  });
  globalThis.window = globalThis.self = globalThis;
  globalThis.addEventListener = globalThis.removeEventListener = nothing;
  globalThis.innerWidth = globalThis.innerHeight = 0;
  globalThis.devicePixelRatio = 1;
  globalThis.screen = { width: 0, height: 0, availWidth: 0, availHeight: 0, colorDepth: 24 };
  globalThis.matchMedia = (media) => ({ matches: false, media, addListener: nothing, removeListener: nothing });
  globalThis.getComputedStyle = () => ({ getPropertyValue: () => "" });
  const storage = () => {
    const items = new Map();
    return {
      getItem: (key) => items.get(String(key)) ?? null,
      setItem: (key, value) => void items.set(String(key), String(value)),
      removeItem: (key) => void items.delete(String(key)),
      clear: () => items.clear(),
      key: (place) => [...items.keys()][place] ?? null,
      get length() {
        return items.size;
      },
    };
  };
  globalThis.localStorage = storage();
  globalThis.sessionStorage = storage();
  globalThis.alert = console.log;
  globalThis.location = { href: "", pathname: "/", search: "", hash: "", host: "", hostname: "", protocol: "file:" };
  globalThis.navigator = { userAgent: "", platform: "", language: "C", languages: ["C"], hardwareConcurrency: 1 };
  globalThis.document = {
    ...element(),
    currentScript: { src: "" },
    body: element(),
    head: element(),
    documentElement: element(),
    hidden: false,
    visibilityState: "visible",
    title: "",
    URL: "",
    cookie: "",
    readyState: "complete",
    getElementById: () => null,
    querySelector: () => null,
    querySelectorAll: () => [],
    getElementsByTagName: () => [],
    getElementsByClassName: () => [],
    createElement: element,
    createTextNode: element,
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
    ownKeys: () => JSON.parse(host("exports")),
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  });
  const capture = (info) => {
    if (info && info.env) imports = { ...info.env };
    return exported;
  };
  const pointed = new Map();
  globalThis.addFunction = (call, signature = "") => {
    const pointer = host("addFunction", pointed.size, String(signature));
    pointed.set(pointed.size, call);
    return pointer;
  };
  globalThis.removeFunction = (pointer) => host("removeFunction", pointer);
  entry("callback", (number, ...values) => Number(pointed.get(number)(...values)));
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

  // --- the glue

  const { adopt, deviceRead, deviceWrite } = fileSystem(host, encode);
  entry("deviceRead", deviceRead);
  entry("deviceWrite", deviceWrite);
  // The glue's `FS` is assigned to this, too, as it is made.
  Object.defineProperty(globalThis, "glueFS", { set: adopt });

  const lines = (descriptor) => (text) => host("print", descriptor, `${text}\n`);
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
  // Of the glue: its scope, to evaluate more in it.
  let evaluate = null;
  // Evaluate the glue up to where it would load the program; the names of the functions that it has for that.
  entry("load", (text, program) => {
    const Module = (globalThis.Module = settings(program));
    const module = { exports: {} };
    const given = "Module: typeof Module === 'undefined' ? undefined : Module, evaluate: (text) => eval(text)";
    const glue = new Function("Module", "module", "exports", `${text}\n;return {${given}};`);
    const scope = glue.call(globalThis, Module, module, module.exports);
    for (const factory of [module.exports, module.exports.default, ...Object.values(module.exports)])
      if (!imports && typeof factory === "function") {
        factory(Module);
        scope.Module = Module;
      }
    if (!imports) throw new Error("the glue does not ask for a program");
    evaluate = scope.evaluate;
    globalThis.Module = scope.Module || Module;
    globalThis.Module.asm = exported;
    return Object.keys(imports).filter((name) => typeof imports[name] === "function").join(" ");
  });
  // A function that stands in the binary (EM_JS).
  entry("defineFunction", (name, parameters, body) => {
    imports[name] = evaluate(`(function(${parameters})${body})`);
  });
  entry("invoke", (name, ...values) => Number(imports[name](...values)));
})();
