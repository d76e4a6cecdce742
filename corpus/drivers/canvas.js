"use strict";

const crypto = require("crypto");
const { shown } = require("./common.js");

const sha256 = (bytes) => crypto.createHash("sha256").update(bytes).digest("hex");

exports.open = (start, hooks) => start(hooks());

function painted(kit, color) {
  const paint = new kit.SkPaint();
  paint.setColor(color);
  paint.setAntiAlias(true);
  return paint;
}

const rectangle = (fLeft, fTop, fRight, fBottom) => ({ fLeft, fTop, fRight, fBottom });

function shapes(kit, canvas) {
  canvas.clear(-1);
  const paint = painted(kit, kit.RED);
  canvas.drawRect(rectangle(5.5, 4, 20, 30.25), paint);
  canvas.save();
  canvas.translate(10, 10);
  canvas.rotate(30, 0, 0);
  paint.setColor(kit.BLUE);
  paint.setStyle(kit.PaintStyle.Stroke);
  paint.setStrokeWidth(3);
  paint.setStrokeJoin(kit.StrokeJoin.Round);
  canvas.drawRect(rectangle(0, 0, 15, 8), paint);
  canvas.restore();
  return [paint.getStrokeWidth(), paint.getStrokeJoin() === kit.StrokeJoin.Round, paint.getColor()];
}

function paths(kit, canvas) {
  const path = kit.MakePathFromSVGString("M 4 4 L 40 8 Q 20 60 6 30 Z");
  const paint = painted(kit, kit.CYAN);
  paint.setPathEffect(kit.MakeSkCornerPathEffect(5));
  canvas.drawPath(path, paint);
  path._dash(5, 3, 0);
  paint.setStyle(kit.PaintStyle.Stroke);
  canvas.drawPath(path, paint);
  const box = path.getBounds();
  return [path.countPoints(), path.isEmpty(), path.contains(20, 20), [box.fLeft, box.fTop, box.fRight, box.fBottom]];
}

function blend(kit, canvas) {
  canvas.clear(kit.YELLOW);
  [kit.BlendMode.SrcOver, kit.BlendMode.Xor, kit.BlendMode.DstOut].forEach((mode, place) => {
    const paint = painted(kit, 0x7f0000ff);
    paint.setBlendMode(mode);
    canvas.drawRect(rectangle(10 * place, 5, 10 * place + 15, 25), paint);
  });
  const paint = painted(kit, kit.BLACK);
  paint.setMaskFilter(kit.MakeBlurMaskFilter(kit.BlurStyle.Normal, 2, false));
  canvas.drawRect(rectangle(12, 28, 30, 36), paint);
  return [canvas.getTotalMatrix()];
}

function clip(kit, canvas) {
  const path = new kit.SkPath();
  path._addRect(2, 2, 30, 30, false);
  path._addArc(rectangle(8, 8, 24, 24), 0, 270);
  path.setFillType(kit.FillType.EvenOdd);
  canvas.clipPath(path, kit.ClipOp.Intersect, true);
  canvas.drawPaint(painted(kit, kit.BLACK));
  const copy = path.copy();
  copy._trim(0.25, 0.75, false);
  const evenOdd = path.getFillType() === kit.FillType.EvenOdd;
  return [path.toSVGString(), path.equals(copy), evenOdd, copy.toSVGString()];
}

const DRAWINGS = { shapes, paths, blend, clip };

exports.run = (guest, [name, ...size]) => {
  const kit = guest.exports;
  const [width, height] = size.map(Number);
  const pixels = guest.call("_malloc", 4 * width * height);
  guest.write(pixels, Buffer.alloc(4 * width * height));
  const info = { width, height, colorType: kit.ColorType.RGBA_8888, alphaType: kit.AlphaType.Unpremul };
  const surface = kit._getRasterDirectSurface(info, pixels, 4 * width);
  const lines = [surface.width(), surface.height(), ...DRAWINGS[name](kit, surface.getCanvas())];
  surface._flush();
  lines.push(sha256(guest.read(pixels, 4 * width * height)));
  const image = surface.makeImageSnapshot();
  const data = image._encodeToDataWithFormat(kit.ImageFormat.PNG, 100);
  lines.push(image.width(), image.height(), data.size(), sha256(kit.getSkDataBytes(data)));
  return lines.map((line) => `${shown(line)}\n`).join("");
};
