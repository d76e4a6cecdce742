"use strict";

const { shown } = require("./common.js");

const ENUMERATIONS = {
  flexDirection: "flexDirection",
  justifyContent: "justify",
  alignItems: "align",
  alignSelf: "align",
  alignContent: "align",
  flexWrap: "wrap",
  position: "position",
  display: "display",
};
const NUMBERS = ["flex", "flexGrow", "flexShrink", "aspectRatio", "borderLeft", "borderTop"];

exports.take = (exported) => exported;

function converted({ Constants }, name, value) {
  if (name in ENUMERATIONS) return Constants[ENUMERATIONS[name]][value];
  if (NUMBERS.includes(name)) return value;
  if (typeof value === "string") return { value: parseFloat(value), unit: Constants.unit.percent };
  return { value, unit: Constants.unit.point };
}

function measure({ Constants }, [width, height]) {
  return (offered, mode) => {
    const wide = mode === Constants.measureMode.undefined ? width : Math.min(width, offered);
    return { width: wide, height: wide === width ? height : 2 * height };
  };
}

function built(yoga, description) {
  const node = new yoga.Node();
  for (const [name, value] of Object.entries(description)) {
    if (name === "children") value.forEach((child, place) => node.insertChild(built(yoga, child), place));
    else if (name === "measure") node.setMeasureFunc(measure(yoga, value));
    else node[name] = converted(yoga, name, value);
  }
  return node;
}

function computed(node, depth) {
  const { left, top, width, height } = node.getComputedLayout();
  const lines = [`${"  ".repeat(depth)}box ${[left, top, width, height].map(shown).join(" ")}`];
  for (let place = 0; place < node.getChildCount(); place++) lines.push(...computed(node.getChild(place), depth + 1));
  return lines;
}

exports.run = ({ exports: yoga }, [description]) => {
  const root = built(yoga, JSON.parse(description));
  const free = yoga.Constants.undefinedValue;
  root.calculateLayout(free, free, yoga.Constants.direction.ltr);
  return computed(root, 0).map((line) => `${line}\n`).join("");
};
