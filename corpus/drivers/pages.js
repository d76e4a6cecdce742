"use strict";

const { createHash } = require("crypto");
const { allocate, text, u32 } = require("./common.js");

const [LETTER_WIDTH, LETTER_HEIGHT, PITCH] = [7, 11, 10];
const BOXES = { regions: ["GetRegions_1", 1], lines: ["GetTextlines_2", 2], components: ["GetConnectedComponents_1", 1] };

class Reader {
  constructor(guest) {
    this.guest = guest;
    this.address = guest.call("_emscripten_bind_TessBaseAPI_TessBaseAPI_0");
  }

  ask(name, ...args) {
    return this.guest.call(`_emscripten_bind_TessBaseAPI_${name}`, this.address, ...args);
  }

  obey(verb, ...words) {
    const { guest } = this;
    const [first, second, third] = words.map(Number);
    switch (verb) {
      case "version":
        return guest.cstring(this.ask("Version_0"));
      case "get": {
        const address = this.ask("GetStringVariable_1", text(guest, words[0]));
        return address ? guest.cstring(address) : "unset";
      }
      case "set":
        return this.ask("SetVariable_2", ...words.map((word) => text(guest, word)));
      case "init":
        return this.ask("Init_2", text(guest, "/data"), text(guest, words[0]));
      case "analyse":
        this.ask("InitForAnalysePage_0");
        return "ready";
      case "mode":
        this.ask("SetPageSegMode_1", first);
        return this.ask("GetPageSegMode_0");
      case "page":
        [this.width, this.height, this.pixels] = [first, second, Buffer.alloc(first * second, 0xff)];
        return "blank";
      case "letters":
        for (let index = 0; index < third; index++) this.paint(first + index * PITCH, second);
        return "painted";
      case "image":
        this.ask("SetImage_5", allocate(guest, this.pixels), this.width, this.height, 1, this.width);
        return "set";
      case "threshold":
        return this.threshold();
      case "confidence":
        return this.ask("MeanTextConf_0");
    }
    const [name, parameters] = BOXES[verb];
    return this.boxes(this.ask(name, ...Array(parameters).fill(0)));
  }

  paint(left, top) {
    for (let y = 0; y < LETTER_HEIGHT; y++) {
      for (let x = 0; x < LETTER_WIDTH; x++) {
        const inside = 1 < x && x < LETTER_WIDTH - 2 && 1 < y && y < LETTER_HEIGHT - 2;
        if (!inside) this.pixels[(top + y) * this.width + left + x] = 0;
      }
    }
  }

  threshold() {
    const picture = this.ask("GetThresholdedImage_0");
    const [width, height, depth, stride, data] = ["w", "h", "d", "wpl", "data"].map((n) => this.field("Pix", picture, n));
    const bits = this.guest.read(data, stride * 4 * height);
    return `${width}x${height}x${depth} ${createHash("sha256").update(bits).digest("hex").slice(0, 16)}`;
  }

  boxes(list) {
    if (!list) return "none";
    const array = this.guest.call("_emscripten_bind_Boxa_get_box_0", list);
    const indices = [...Array(this.field("Boxa", list, "n")).keys()];
    const boxes = indices.map((index) => u32(this.guest, array + 4 * index));
    return boxes.map((box) => [..."xywh"].map((name) => this.field("Box", box, name)).join(" ")).join(", ");
  }

  field(kind, address, name) {
    return this.guest.call(`_emscripten_bind_${kind}_get_${name}_0`, address);
  }
}

exports.open = (start, hooks) => start(hooks());

exports.run = (guest, args) => {
  const reader = new Reader(guest);
  const lines = args.map((command) => `${command}: ${reader.obey(...command.split(" "))}\n`);
  reader.ask("__destroy___0");
  return lines.join("");
};
