// Microsoft's Kusto parser and binder as a filter: one JSON object a line in, one a line out.
//
//   {"tables": {"EmailEvents": {"Timestamp": "datetime", ...}, ...}}   the database from here on
//   {"query": "EmailEvents | take 1"}  ->  {"diagnostics": [{"severity", "code", "message",
//                                           "start", "length"}], "literals": ["...", ...]}
//
// `literals` are the values of the string literals in the order of the text, as Kusto reads them.
"use strict";

const readline = require("node:readline");
const base = "@kusto/language-service-next";
require(`${base}/bridge.min.js`);
require(`${base}/Kusto.Language.Bridge.min.js`);

const { GlobalState, KustoCode, Symbols, Syntax } = Kusto.Language;

function database(tables) {
  const symbols = Object.entries(tables).map(([name, columns]) => {
    const declared = Object.entries(columns).map(([column, type]) => `['${column}']: ${type}`);
    return Symbols.TableSymbol.From(`(${declared.join(", ")})`).WithName(name);
  });
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1("hunting", symbols));
}

function check(query, globals) {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const found = code.GetDiagnostics();
  const diagnostics = [];
  for (let i = 0; i < found.Count; i++) {
    const { Severity, Code, Message, Start, Length } = found.getItem(i);
    diagnostics.push({ severity: Severity, code: Code, message: Message, start: Start, length: Length });
  }
  const literals = [];
  Syntax.SyntaxElement.WalkElements(code.Syntax, (element) => {
    if (element.Kind === Syntax.SyntaxKind.StringLiteralExpression) literals.push(element.ConstantValue);
  });
  return { diagnostics, literals };
}

let globals = database({});
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  if (request.tables) {
    globals = database(request.tables);
  } else {
    process.stdout.write(JSON.stringify(check(request.query, globals)) + "\n");
  }
});
