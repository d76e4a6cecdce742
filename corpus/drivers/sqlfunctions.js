"use strict";

const { allocate } = require("./common.js");
const { execute } = require("./sql.js");

function shown(value) {
  if (value === null) return "NULL";
  return value instanceof Uint8Array ? `x'${Buffer.from(value).toString("hex")}'` : String(value);
}

exports.open = (start, hooks) => start(hooks());

exports.run = (guest, args) => {
  const { Database } = guest.exports;
  const cell = allocate(guest, Buffer.alloc(4));
  const database = new Database();
  let calls = 0;
  const describe = (first, second) => `call ${++calls}: ${shown(first)}, ${shown(second)}`;
  const nested = (statement) => execute(guest, database.db, statement, allocate(guest, Buffer.alloc(4))).join(";");
  database.create_function("describe", describe);
  database.create_function("nested", nested);
  const lines = [];
  for (const statement of args) lines.push(`> ${statement}`, ...execute(guest, database.db, statement, cell));
  lines.push(`close: ${guest.call("_sqlite3_close_v2", database.db)}`);
  return [...lines, ""].join("\n");
};
