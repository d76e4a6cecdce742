"use strict";

let filter;

exports.open = (exported) => {
  filter = exported.raw;
};

exports.run = (guest, args) => {
  const output = filter(guest.stdin, args.at(-1), args.slice(0, -1));
  guest.exports.print(output);
  return output;
};
