// The scripts beside this folder are not compiled: what they import must still be there.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';

const folder = new URL('../', import.meta.url);
/** By their place in this repository, or by name. */
const OURS = /^(\.\.\/packages\/|\.\/dist\/|semise|@semise\/)/;
const scripts = readdirSync(folder).filter((file) => file.endsWith('.mjs'));

/** The names that a script imports from our packages, by module. */
function imported(script: URL): [module: string, names: string[]][] {
  const source = ts.createSourceFile('', readFileSync(script, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.filter(ts.isImportDeclaration).flatMap((statement) => {
    const { text } = statement.moduleSpecifier as ts.StringLiteral;
    const bindings = statement.importClause?.namedBindings;
    if (!OURS.test(text) || !bindings || !ts.isNamedImports(bindings)) return [];
    const names = bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
    return [[text.startsWith('.') ? new URL(text, script).href : text, names]];
  });
}

test('every script finds what it imports from the packages', async () => {
  let found = 0;
  for (const file of scripts) {
    for (const [module, names] of imported(new URL(file, folder))) {
      const exported = await import(module);
      for (const name of names) {
        assert.ok(name in exported, `${file}: ${module} exports no ${name}`);
        found++;
      }
    }
  }
  assert.ok(found > 50, `${found} names in ${scripts.length} scripts`);
});
