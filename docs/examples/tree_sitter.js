// What tree_sitter.py does, with web-tree-sitter's own interface.
"use strict";

const Parser = require(process.argv[2]);
const SCRIPT = 'for f in *.txt; do\n  echo "größer: $f" | wc -c >> out 2>&1\ndone';

(async () => {
  await Parser.init();
  const language = await Parser.Language.load(process.argv[3]);
  const parser = new Parser();
  parser.setLanguage(language);
  const { rootNode } = parser.parse(SCRIPT);
  console.log(rootNode.toString());
  console.log(rootNode.type);
  console.log(rootNode.childCount, language.version);
})();
