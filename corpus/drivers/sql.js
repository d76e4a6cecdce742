"use strict";

const { allocate, text, u32 } = require("./common.js");

const OK = 0;
const ROW = 100;
const DONE = 101;
const BLOB = 4;
const NULL = 5;

function value(guest, prepared, column) {
  const kind = guest.call("_sqlite3_column_type", prepared, column);
  if (kind === NULL) return "NULL";
  if (kind === BLOB) {
    const address = guest.call("_sqlite3_column_blob", prepared, column);
    const size = guest.call("_sqlite3_column_bytes", prepared, column);
    return `x'${guest.read(address, size).toString("hex")}'`;
  }
  return guest.cstring(guest.call("_sqlite3_column_text", prepared, column));
}

function execute(guest, database, statement, cell) {
  const lines = [];
  let status = guest.call("_sqlite3_prepare_v2", database, text(guest, statement), -1, cell, 0);
  const prepared = u32(guest, cell);
  if (status === OK) {
    while ((status = guest.call("_sqlite3_step", prepared)) === ROW) {
      const columns = [...Array(guest.call("_sqlite3_data_count", prepared)).keys()];
      lines.push(columns.map((column) => value(guest, prepared, column)).join("|"));
    }
    guest.call("_sqlite3_finalize", prepared);
  }
  if (status !== DONE) lines.push(`error ${status}: ${guest.cstring(guest.call("_sqlite3_errmsg", database))}`);
  return lines;
}

exports.execute = execute;

exports.open = (start, hooks) => start(hooks());

exports.run = (guest, args) => {
  const cell = allocate(guest, Buffer.alloc(4));
  const opened = guest.call("_sqlite3_open", text(guest, ":memory:"), cell);
  const database = u32(guest, cell);
  const lines = [`open: ${opened}`];
  for (const statement of args) lines.push(`> ${statement}`, ...execute(guest, database, statement, cell));
  lines.push(`close: ${guest.call("_sqlite3_close_v2", database)}`);
  return [...lines, ""].join("\n");
};
