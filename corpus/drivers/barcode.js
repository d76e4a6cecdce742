"use strict";

const SCALE = 4;
const QUIET = 4;

function paint(rows, width, height) {
  const pixels = Buffer.alloc(width * height * 4, 0xff);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const row = rows[Math.floor(y / SCALE) - QUIET];
      const module = row && row[Math.floor(x / SCALE) - QUIET];
      if (module === "#") pixels.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return pixels;
}

exports.open = (start, hooks) => start(hooks());

exports.run = (guest, rows) => {
  const width = (rows[0].length + 2 * QUIET) * SCALE;
  const height = (rows.length + 2 * QUIET) * SCALE;
  const pixels = guest.call("_createBuffer", width * height * 4);
  guest.write(pixels, paint(rows, width, height));
  if (!guest.call("_scanQrcode", pixels, width, height)) return "nothing found\n";
  const found = guest.call("_getScanResults");
  const answer = guest.cstring(found);
  guest.call("_deleteBuffer", found);
  return `${answer}\n`;
};
