// Rows of a table through sql.js: node sqlite.js GLUE inserts|queries ROWS prints milliseconds, and what was read.
const fs = require("node:fs");
const path = require("node:path");
const [glue, task, rows] = process.argv.slice(2);
const wasmBinary = fs.readFileSync(glue.replace(/\.js$/, ".wasm"));

const clock = () => Number(process.hrtime.bigint()) / 1e6;

require(path.resolve(glue))({ wasmBinary }).then(({ Database }) => {
  const database = new Database();
  database.run("CREATE TABLE t (id INTEGER PRIMARY KEY, size REAL, name TEXT)");
  let start = clock();
  database.run("BEGIN");
  const insert = database.prepare("INSERT INTO t VALUES (?, ?, ?)");
  for (let row = 0; row < Number(rows); row++) insert.run([row, row / 2, `name ${row}`]);
  insert.free();
  database.run("COMMIT");
  const inserted = clock() - start;

  start = clock();
  const select = database.prepare("SELECT id, size, name FROM t");
  let sum = 0;
  while (select.step()) {
    const [id, size, name] = select.get();
    sum += id + size + name.length;
  }
  select.free();
  console.log(task === "inserts" ? inserted : clock() - start, sum);
});
