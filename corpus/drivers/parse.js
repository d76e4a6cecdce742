"use strict";

let Parser;

exports.open = (exported) => {
  Parser = exported;
};

exports.run = async (guest, args) => {
  const [grammar, ...scripts] = args;
  await Parser.init();
  const language = await Parser.Language.load(grammar);
  const parser = new Parser();
  parser.setLanguage(language);
  const lines = [`version ${language.version}`];
  for (const script of scripts) lines.push(`> ${script}`, parser.parse(script).rootNode.toString());
  return [...lines, ""].join("\n");
};
