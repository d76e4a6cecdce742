// What zbar.py does, with the JavaScript beside the binary.
"use strict";
const { readFileSync } = require("fs");
const { dirname } = require("path");

const [SCALE, MARGIN] = [4, 4];

const [, width, height, ...bits] = readFileSync(process.argv[3], "utf8").trim().split(/\s+/);
const [columns, rows] = [+width + 2 * MARGIN, +height + 2 * MARGIN].map((modules) => modules * SCALE);
const pixels = Buffer.alloc(columns * rows * 4, 0xff);
for (let y = 0; y < rows; y++) {
  for (let x = 0; x < columns; x++) {
    const [column, row] = [x, y].map((pixel) => Math.floor(pixel / SCALE) - MARGIN);
    if (column < 0 || column >= +width || row < 0 || row >= +height) continue;
    if (bits[row * width + column] === "1") pixels.fill(0, (y * columns + x) * 4, (y * columns + x) * 4 + 3);
  }
}

process.chdir(dirname(process.argv[2]));
const quiet = { print: () => {}, printErr: () => {} };
require(process.argv[2])(quiet).then((library) => {
  const results = library.cwrap("getScanResults", "string", []);
  const read = (picture) => {
    const buffer = library._createBuffer(picture.length);
    library.HEAPU8.set(picture, buffer);
    return library._scanQrcode(buffer, columns, rows) ? results() : null;
  };
  console.log(read(pixels) ?? "None");
  console.log(read(Buffer.alloc(pixels.length, 0xff)) ?? "None");
});
