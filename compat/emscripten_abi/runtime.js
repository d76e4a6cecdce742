// What a program gets that has JavaScript of its own (EM_JS) and comes without glue: the functions of src/preamble.js,
// src/runtime_strings.js and src/support.js that such code is written against, under the names of every release.
// It is loaded as glue is.
var wasmMemory = new WebAssembly.Memory({ initial: 0 }), buffer = wasmMemory.buffer;
var HEAP8 = (Module.HEAP8 = new Int8Array(buffer)), HEAPU8 = (Module.HEAPU8 = new Uint8Array(buffer));
var HEAP16 = (Module.HEAP16 = new Int16Array(buffer)), HEAPU16 = (Module.HEAPU16 = new Uint16Array(buffer));
var HEAP32 = (Module.HEAP32 = new Int32Array(buffer)), HEAPU32 = (Module.HEAPU32 = new Uint32Array(buffer));
var HEAPF32 = (Module.HEAPF32 = new Float32Array(buffer)), HEAPF64 = (Module.HEAPF64 = new Float64Array(buffer));
var out = Module.print, err = Module.printErr;
var MEMFS = { ops_table: null }, IDBFS = { dbs: {} };
var FS = { root: null, mounts: [], filesystems: { MEMFS: MEMFS, IDBFS: IDBFS } };

function abort(what) { throw new Error('abort(' + (what === undefined ? '' : what) + ')'); }
function assert(condition, text) { if (!condition) abort('Assertion failed: ' + text); }

// --- text

function end(view, at, most) {
  var last = at + (most === undefined ? Infinity : most);
  var place = at;
  while (place < last && place < view.length && view[place]) place++;
  return place;
}
function UTF8ArrayToString(view, at, most) { return new TextDecoder().decode(view.subarray(at, end(view, at, most))); }
function UTF8ToString(at, most) { return at ? UTF8ArrayToString(HEAPU8, at, most) : ''; }
function AsciiToString(at) { return String.fromCharCode.apply(null, HEAPU8.subarray(at, end(HEAPU8, at))); }
function Pointer_stringify(at, length) {
  return length ? UTF8ArrayToString(HEAPU8.subarray(at, at + length), 0) : UTF8ToString(at);
}
function lengthBytesUTF8(text) { return new TextEncoder().encode(text).length; }
// Whole characters, as many as there is room for, and a NUL; returns the number of bytes before that.
function stringToUTF8Array(text, view, at, most) {
  if (!(most > 0)) return 0;
  var start = at, room = at + most - 1;
  for (var character of text) {
    var bytes = new TextEncoder().encode(character);
    if (at + bytes.length > room) break;
    view.set(bytes, at);
    at += bytes.length;
  }
  view[at] = 0;
  return at - start;
}
function stringToUTF8(text, at, most) { return stringToUTF8Array(text, HEAPU8, at, most); }
function allocateUTF8(text) {
  var size = lengthBytesUTF8(text) + 1, at = _malloc(size);
  if (at) stringToUTF8(text, at, size);
  return at;
}
function allocateUTF8OnStack(text) {
  var size = lengthBytesUTF8(text) + 1, at = stackAlloc(size);
  stringToUTF8(text, at, size);
  return at;
}
function writeAsciiToMemory(text, at, dontAddNull) {
  for (var i = 0; i < text.length; i++) HEAP8[at++] = text.charCodeAt(i);
  if (!dontAddNull) HEAP8[at] = 0;
}
function stringToAscii(text, at) { writeAsciiToMemory(text, at, false); }
function writeArrayToMemory(array, at) { HEAP8.set(array, at); }
function writeStringToMemory(text, at, dontAddNull) {
  var bytes = intArrayFromString(text, dontAddNull);
  HEAP8.set(bytes, at);
}
function intArrayFromString(text, dontAddNull, length) {
  var bytes = Array.from(new TextEncoder().encode(text));
  if (length > 0) bytes.length = Math.min(length - 1, bytes.length);
  return dontAddNull ? bytes : bytes.concat(0);
}
function intArrayToString(array) { return array.map(function(each) { return String.fromCharCode(each & 255); }).join(''); }
function UTF16ToString(at) {
  var units = [];
  for (var place = at >> 1; HEAPU16[place]; place++) units.push(HEAPU16[place]);
  return units.map(function(unit) { return String.fromCharCode(unit); }).join('');
}
function lengthBytesUTF16(text) { return text.length * 2; }
function stringToUTF16(text, at, most) {
  var room = most === undefined ? 0x7fffffff : most;
  if (room < 2) return 0;
  var count = Math.min(text.length, (room - 2) >> 1);
  for (var i = 0; i < count; i++) HEAP16[(at >> 1) + i] = text.charCodeAt(i);
  HEAP16[(at >> 1) + count] = 0;
  return count * 2;
}
function UTF32ToString(at) {
  var text = '';
  for (var place = at >> 2; HEAP32[place]; place++) text += String.fromCodePoint(HEAP32[place]);
  return text;
}
function lengthBytesUTF32(text) { return Array.from(text).length * 4; }
function stringToUTF32(text, at, most) {
  var room = most === undefined ? 0x7fffffff : most, start = at;
  if (room < 4) return 0;
  for (var character of text) {
    if (at - start + 8 > room) break;
    HEAP32[at >> 2] = character.codePointAt(0);
    at += 4;
  }
  HEAP32[at >> 2] = 0;
  return at - start;
}

// --- numbers

function getValue(at, type) {
  switch (type[type.length - 1] === '*' ? 'i32' : type) {
    case 'i1': case 'i8': return HEAP8[at];
    case 'i16': return HEAP16[at >> 1];
    case 'i32': case 'i64': return HEAP32[at >> 2];
    case 'float': return HEAPF32[at >> 2];
    case 'double': return HEAPF64[at >> 3];
  }
  abort('invalid type for getValue: ' + type);
}
function setValue(at, value, type) {
  switch (type[type.length - 1] === '*' ? 'i32' : type) {
    case 'i1': case 'i8': HEAP8[at] = value; return;
    case 'i16': HEAP16[at >> 1] = value; return;
    case 'i32': HEAP32[at >> 2] = value; return;
    case 'i64': HEAP32[at >> 2] = value; HEAP32[(at >> 2) + 1] = Math.floor(value / 4294967296); return;
    case 'float': HEAPF32[at >> 2] = value; return;
    case 'double': HEAPF64[at >> 3] = value; return;
  }
  abort('invalid type for setValue: ' + type);
}
var SIZES = { i1: 1, i8: 1, i16: 2, i32: 4, i64: 4, float: 4, double: 8 };
var ALLOC_NORMAL = 0, ALLOC_STACK = 1, ALLOC_STATIC = 2, ALLOC_DYNAMIC = 3, ALLOC_NONE = 4;
// Of an i64, the halves are two elements.
function allocate(slab, types, allocator, at) {
  var zero = typeof slab === 'number', size = zero ? slab : slab.length;
  var room = Math.max(size, typeof types === 'string' ? 1 : types.length);
  if (allocator !== ALLOC_NONE) at = allocator === ALLOC_STACK ? stackAlloc(room) : _malloc(room);
  if (zero) {
    HEAPU8.fill(0, at, at + size);
    return at;
  }
  for (var i = 0; i < size; ) {
    var type = typeof types === 'string' ? types : types[i];
    if (type === 0) {
      i++;
      continue;
    }
    setValue(at + i, slab[i], type === 'i64' ? 'i32' : type);
    i += SIZES[type[type.length - 1] === '*' ? 'i32' : type];
  }
  return at;
}

// --- functions

function getCFunc(name) { return Module['_' + name]; }
function ccall(name, returns, types, values) {
  var stack = stackSave();
  var passed = (values || []).map(function(value, i) {
    if (types && types[i] === 'string') return value === null || value === undefined || value === 0 ? 0 : allocateUTF8OnStack(value);
    if (!types || types[i] !== 'array') return value;
    var at = stackAlloc(value.length);
    writeArrayToMemory(value, at);
    return at;
  });
  var result = getCFunc(name).apply(null, passed);
  if (returns === 'string') result = UTF8ToString(result);
  if (returns === 'boolean') result = Boolean(result);
  stackRestore(stack);
  return result;
}
function cwrap(name, returns, types) { return function() { return ccall(name, returns, types, Array.from(arguments)); }; }
function dynCall(signature, pointer, values) {
  return Module['dynCall_' + signature].apply(null, [pointer].concat(values || []));
}
function addFunction(call, signature) { }
function removeFunction(pointer) { }

// --- scripts

function _emscripten_run_script(text) { eval(UTF8ToString(text)); }
function _emscripten_run_script_int(text) { return eval(UTF8ToString(text)) | 0; }
var scriptResult = 0;
function _emscripten_run_script_string(text) {
  var result = eval(UTF8ToString(text));
  if (result === null || result === undefined) return 0;
  if (scriptResult) _free(scriptResult);
  return (scriptResult = allocateUTF8(String(result)));
}
function _emscripten_async_run_script(text, delay) {
  var script = UTF8ToString(text);
  setTimeout(function() { eval(script); }, delay);
}

Module.FS = FS;
Module.asm = Module.instantiateWasm({ env: {
  _emscripten_run_script: _emscripten_run_script,
  _emscripten_run_script_int: _emscripten_run_script_int,
  _emscripten_run_script_string: _emscripten_run_script_string,
  _emscripten_async_run_script: _emscripten_async_run_script,
} });
for (var name of Object.keys(Module.asm)) globalThis[name] = Module[name] = Module.asm[name];
for (var helper of [
  ccall, cwrap, getValue, setValue, allocate, dynCall, addFunction, removeFunction, abort, intArrayFromString,
  intArrayToString, UTF8ToString, UTF8ArrayToString, stringToUTF8, stringToUTF8Array, lengthBytesUTF8, AsciiToString,
  stringToAscii, Pointer_stringify, UTF16ToString, stringToUTF16, lengthBytesUTF16, UTF32ToString, stringToUTF32,
  lengthBytesUTF32, allocateUTF8, writeStringToMemory, writeArrayToMemory, writeAsciiToMemory,
]) Module[helper.name] = helper;
