import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = join(root, 'build', 'bench');

/**
 * Imports a module of test/support: the benchmarks start servers by the same code as the tests, which Node cannot load
 * as it is written. What it imports of src/ is the built one.
 */
export async function importTestSupport(name) {
  return import(pathToFileURL(compile(`${name}.ts`)).href);
}

function compile(file) {
  const source = readFileSync(join(root, 'test', 'support', file), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const text = outputText
    .replaceAll(/(['"])\.\.\/\.\.\/src\//g, '$1../../dist/')
    .replaceAll(
      /(['"])\.\/([a-z-]+)\.[jt]s\1/g,
      (_, quote, name) => `${quote}./${basename(compile(`${name}.ts`))}${quote}`,
    );
  mkdirSync(target, { recursive: true });
  const compiled = join(target, file.replace(/\.ts$/, '.mjs'));
  writeFileSync(compiled, text);
  return compiled;
}
