"use strict";

const { shown } = require("./common.js");

exports.open = (start, hooks) => start(hooks());

function operated(kit, operation, [first, second]) {
  if (operation === "build") {
    const builder = new kit.SkOpBuilder();
    builder.add(first, kit.PathOp.UNION);
    builder.add(second, kit.PathOp.XOR);
    return builder.resolve();
  }
  if (operation === "stroke") {
    const copy = first.copy();
    copy._stroke({ width: 2.5, miter_limit: 4, join: kit.StrokeJoin.ROUND, cap: kit.StrokeCap.SQUARE });
    copy._transform(0.5, 0, 1, 0, 2, -3, 0, 0, 1);
    return copy;
  }
  return kit.MakeFromOp(first, second, kit.PathOp[operation]);
}

exports.run = ({ exports: kit }, [operation, ...texts]) => {
  if (operation === "curve") {
    const curve = new kit._SkCubicMap([0.25, 0.5], [0.75, 1]);
    return `${shown(curve.computeYFromX(0.3))}\n${shown(curve.computePtFromT(0.6))}\n`;
  }
  const paths = texts.map((text) => kit.FromSVGString(text));
  const result = operated(kit, operation, paths);
  const lines = [];
  for (const path of [...paths, result]) {
    const { fLeft, fTop, fRight, fBottom } = path.computeTightBounds();
    lines.push(path.toSVGString(), path.toCmds(), [fLeft, fTop, fRight, fBottom]);
    lines.push(path.getFillTypeString(), path.equals(result));
  }
  return lines.map((line) => `${shown(line)}\n`).join("");
};
