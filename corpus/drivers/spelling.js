"use strict";

const { allocate, text, u32 } = require("./common.js");

const FUNCTIONS = {
  spell: "_Hunspell_spell",
  add: "_Hunspell_add",
  affix: "_Hunspell_add_with_affix",
  remove: "_Hunspell_remove",
  dictionary: "_Hunspell_add_dic",
};

function suggestions(guest, speller, word) {
  const cell = allocate(guest, Buffer.alloc(4));
  const count = guest.call("_Hunspell_suggest", speller, cell, text(guest, word));
  const first = u32(guest, cell);
  const found = [...Array(count).keys()].map((index) => guest.cstring(u32(guest, first + 4 * index)));
  guest.call("_Hunspell_free_list", speller, cell, count);
  return found;
}

function obey(guest, speller, verb, ...words) {
  if (verb === "suggest") return suggestions(guest, speller, ...words).join(" ");
  return guest.call(FUNCTIONS[verb], speller, ...words.map((word) => text(guest, word)));
}

exports.open = (start, hooks) => start(hooks());

exports.run = (guest, [affixes, words, ...commands]) => {
  const speller = guest.call("_Hunspell_create", text(guest, affixes), text(guest, words));
  const lines = commands.map((command) => `${command}: ${obey(guest, speller, ...command.split(" "))}\n`);
  guest.call("_Hunspell_destroy", speller);
  guest.call("_fflush", 0);
  return lines.join("");
};
