"use strict";

const { shown } = require("./common.js");

const items = (vector) => Array.from({ length: vector.size() }, (_, place) => vector.get(place));

exports.open = (start, hooks) => start(hooks());

exports.run = ({ exports: yara }, [buffer, rules]) => {
  const result = yara.run(buffer, rules);
  const lines = [];
  for (const { lineNumber, warning, message } of items(result.compileErrors)) {
    lines.push(`line ${lineNumber}: ${warning ? "warning" : "error"}: ${message}`);
  }
  for (const rule of items(result.matchedRules)) {
    lines.push(`rule ${rule.ruleName}`);
    for (const { identifier, data } of items(rule.metadata)) lines.push(`  ${identifier} = ${data}`);
    for (const match of items(rule.resolvedMatches)) {
      const { stringIdentifier, location, data, matchLength, dataLength } = match;
      lines.push(`  ${stringIdentifier} at ${shown(location)}: ${data} (${matchLength}, ${dataLength})`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
};
