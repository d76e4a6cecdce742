// What yoga.py does, with yoga-dom's own interface.
"use strict";
const { readFileSync } = require("fs");

const WORDS = "the quick brown fox jumps over the lazy dog".split(" ");
const [LETTER, LINE] = [8, 18];

function measure(width, widthMode, modes) {
  const limit = widthMode === modes.undefined ? Infinity : width;
  const lines = [""];
  for (const word of WORDS) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (longer.length * LETTER <= limit) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return { width: Math.max(...lines.map((line) => line.length)) * LETTER, height: lines.length * LINE };
}

function show(node, depth = 0) {
  const { left, top, width, height } = node.getComputedLayout();
  console.log("  ".repeat(depth) + [left, top, width, height].map((number) => number.toFixed(2)).join(" "));
  for (let index = 0; index < node.getChildCount(); index++) show(node.getChild(index), depth + 1);
}

function layOut({ Node, Constants }) {
  const points = (value) => ({ value, unit: Constants.unit.point });
  const percent = (value) => ({ value, unit: Constants.unit.percent });
  const box = (style, ...children) => {
    const node = Object.assign(new Node(), style);
    children.forEach((child, index) => node.insertChild(child, index));
    return node;
  };

  const text = box({});
  text.setMeasureFunc((width, widthMode) => measure(width, widthMode, Constants.measureMode));
  const flexDirection = Constants.flexDirection.row;
  const header = box({ flexDirection, height: points(40) }, box({ width: points(60) }), box({ width: points(90) }));
  header.justifyContent = Constants.justify["space-between"];
  const [sidebar, content] = [box({ width: percent(30) }), box({ flex: 1, padding: points(10) }, text)];
  const page = box({ width: points(320) }, header, box({ flexDirection }, sidebar, content));

  page.calculateLayout();
  show(page);
  page.width = points(200);
  page.calculateLayout(Constants.undefinedValue, Constants.undefinedValue, Constants.direction.rtl);
  show(page);
}

// The package is an ES module, whose glue wants `require` and `__dirname`, which only the other kind has.
const source = readFileSync(process.argv[2], "utf8").replace(/^export default /m, "module.exports = ");
const yoga = {};
new Function("module", "require", "__dirname", source)(yoga, require, __dirname);
yoga.exports.then(layOut);
