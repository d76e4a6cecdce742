// What sqlite.py does, with sql.js's own interface.
"use strict";
const { createHash } = require("crypto");

require(process.argv[2])().then((SQL) => {
  const shop = new SQL.Database();
  shop.run("create table fruit (name text, price real)");
  for (const fruit of [["apple", 1.25], ["пapaya", 2.5], ["fig", 0.75]]) shop.run("insert into fruit values (?, ?)", fruit);
  shop.create_function("shout", (text) => `${text.toUpperCase()}!`);
  const [found] = shop.exec("select shout(name) as name, price * 2 as double from fruit order by price");
  for (const [name, double] of found.values) console.log(name, double.toFixed(1));
  try {
    shop.exec("select * from vegetable");
  } catch (error) {
    console.log(error.message);
  }
  const file = shop.export();
  console.log(file.length, createHash("sha256").update(file).digest("hex"));
});
