// What tesseract.py does, with the classes of the JavaScript beside the binary.
"use strict";

const [WIDTH, HEIGHT] = [400, 120];
const ONE_LINE = 7;

const page = Buffer.alloc(WIDTH * HEIGHT, 0xff);
for (const [left, top, count] of [[20, 50, 9], [130, 50, 4], [190, 52, 12]]) {
  for (let letter = 0; letter < count; letter++) {
    for (let y = 0; y < 11; y++) {
      for (let x = 0; x < 7; x++) {
        if (!(x > 1 && x < 5 && y > 1 && y < 9)) page[(top + y) * WIDTH + left + 10 * letter + x] = 0;
      }
    }
  }
}

const shown = (flag) => (flag ? "True" : "False");

const loading = require(process.argv[2])({ print: () => {}, printErr: () => {} });
loading.then((tesseract) => {
  delete tesseract.then;
  const engine = new tesseract.TessBaseAPI();
  console.log(engine.Version());
  const told = [["tessedit_char_whitelist", "abc"], ["no_such_variable", "1"]];
  console.log(...told.map(([name, value]) => shown(engine.SetVariable(name, value))));

  engine.InitForAnalysePage();
  engine.SetPageSegMode(ONE_LINE);
  const picture = tesseract._malloc(page.length);
  tesseract.HEAPU8.set(page, picture);
  engine.SetImage(tesseract.wrapPointer(picture, tesseract.VoidPtr), WIDTH, HEIGHT, 1, WIDTH);
  const lines = engine.GetTextlines(null, null);
  for (let index = 0; index < lines.get_n(); index++) {
    const box = tesseract.wrapPointer(tesseract.HEAP32[(tesseract.getPointer(lines.get_box()) >> 2) + index], tesseract.Box);
    console.log(box.get_x(), box.get_y(), box.get_w(), box.get_h());
  }
  tesseract.destroy(engine);
});
