// What Emscripten's JavaScript answered for numbers: node math.js SEED COUNT
// Prints lines of a name, the arguments and the result, each number as the bits of a double. math.txt was recorded with
// node 20: `node math.js 1 30`.
const [seed, count] = process.argv.slice(2).map(Number);

// The functions of Math, as they were imported and as src/library.js passed them on or made its own of them.
const functions = {
  ...Object.fromEntries(
    [
      ...["abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "exp", "floor", "log", "max", "min", "pow", "round"],
      ...["sin", "sqrt", "tan", "trunc"],
    ].map((name) => [name, Math[name]])),
  copysign: (x, y) => y < 0 || (y === 0 && 1 / y < 0) ? -Math.abs(x) : Math.abs(x),
  exp2: (x) => Math.pow(2, x),
  log2: (x) => Math.log(x) / Math.LN2,
  log10: (x) => Math.log(x) / Math.LN10,
  rem: (x, y) => x % y,
};

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
const bits = (x) => {
  number[0] = x;
  return Number.isNaN(x) ? "nan" : words[1].toString(16).padStart(8, "0") + words[0].toString(16).padStart(8, "0");
};

let state = seed;
const random = () => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
};
const among = (values) => values[random() % values.length];
const of = (high, low) => {
  words[0] = low;
  words[1] = high;
  return number[0];
};

const EDGES = [
  0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 2, -2, 3, 10, NaN, Infinity, -Infinity, 5e-324, -5e-324, 2 ** -1022,
  Number.MAX_VALUE, -Number.MAX_VALUE, 1 - 2 ** -53, 1 + 2 ** -52, -1 + 2 ** -53, 2 ** 53, 2 ** 52 + 1, 2 ** 31, 2 ** 64,
  Math.PI, Math.PI / 2, Math.PI / 4, Math.E, 709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412,
  1024, -1074, -1075, 1e22, 6381956970095103 * 2 ** 797, 411774.7, 823549.6645, 0.49999999999999994, -0.2,
];
// The high words at which a function takes another way.
const BORDERS = [
  0x3c600000, 0x3e300000, 0x3e400000, 0x3fd33333, 0x3fd62e42, 0x3fdc0000, 0x3fe00000, 0x3fe59428, 0x3fe60000, 0x3fe90000,
  0x3fe921fb, 0x3fef3333, 0x3fefffff, 0x3ff00000, 0x3ff0a2b2, 0x3ff30000, 0x3ff3988e, 0x3ff6147a, 0x3ff6a09c, 0x3ff6b851,
  0x3ff921fb, 0x3ffbb67a, 0x4002d97c, 0x40038000, 0x401921fb, 0x40862e42, 0x413921fb, 0x41e00000,
];
const kinds = [
  () => among(EDGES),
  () => of(among(BORDERS) + (random() % 3) - 1, among([0, 1, 0xffffffff, random()])),
  () => of(random(), random()),
  () => of(((1023 - 10 + random() % 20) << 20) | (random() & 0x800fffff), random()),
  () => (random() % 4001 - 2000) / among([1, 2, 3, 8, 10, 100]),
  () => { // near a multiple of pi / 2
    number[0] = (random() % 2 ** (1 + random() % 30)) * (Math.PI / 2);
    words[0] += random() % 5;
    return number[0];
  },
  () => random() / 2 ** 31 - 1,
];
const powers = [
  () => [Math.abs(among(kinds)()), among(kinds)()],
  () => { // a result from the whole range
    const x = 1 + random();
    return [x, (random() / 2 ** 32 * 2150 - 1075) / Math.log2(x)];
  },
  () => [1 + (random() / 2 ** 32 - 0.5) / 2 ** (random() % 50), (random() - 2 ** 31) * 2 ** (random() % 30)],
];

const lines = new Set();
for (const [name, call] of Object.entries(functions)) {
  const take = (...operands) => {
    lines.add([name, ...operands.map(bits), bits(call(...operands))].join(" "));
  };
  for (const x of EDGES) {
    if (call.length === 1) take(x);
    else take(x, among([0, -0, 1, -1, 0.5, 3, Infinity, -Infinity, 2 ** 53]));
  }
  for (let i = 0; i < count; i++) {
    if (name === "pow") take(...among(powers)());
    else take(...Array.from({ length: call.length }, () => among(kinds)()));
  }
}
console.log([...lines].join("\n"));
