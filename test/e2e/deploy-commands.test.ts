import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { cli } from '../support/cli.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = readdirSync(join(ROOT, 'deploy'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
const text = [...pages, readFileSync(join(ROOT, 'README.md'), 'utf8')].join('\n');

it('every command and option that the pages and images name is there', { timeout: 120_000 }, async () => {
  const inPages = [...text.matchAll(/^(?:\.\/)?claimprint ([^#&|\n`]+)/gm)].map(([, words]) =>
    words!.trim().split(/\s+/),
  );
  const inImages = [...text.matchAll(/^CMD (\[.+\])$/gm)].map(([, words]) => JSON.parse(words!) as string[]);
  const used = new Set<string>();
  for (const words of [...inPages, ...inImages]) {
    const { command, help } = await helpOf(words);
    used.add(command.join(' '));
    // A group alone does nothing.
    expect(help, words.join(' ')).not.toMatch(/^Commands:/m);
    for (const option of words.filter((word) => word.startsWith('--'))) {
      expect(help, words.join(' ')).toMatch(new RegExp(`^ .*${option}\\b`, 'm'));
    }
  }
  expect(used.size).toBeGreaterThan(15);
});

it('every environment variable that the pages set is one that the program reads', () => {
  const program = readFileSync(join(ROOT, 'src', 'platform', 'config.ts'), 'utf8');
  const names = new Set(text.match(/\b(CLAIMPRINT_[A-Z_]+|DATABASE_URL|QDRANT_(?!_|BIN)[A-Z_]+)\b/g));
  expect(names.size).toBeGreaterThan(4);
  for (const name of names) expect(program).toContain(name);
});

const helps = new Map<string, Promise<string>>();

/** The help of the longest command that the words begin with. */
async function helpOf(words: readonly string[]): Promise<{ command: string[]; help: string }> {
  const command: string[] = [];
  for (;;) {
    const key = command.join(' ');
    const asked = helps.get(key) ?? cli([...command, '--help']).then(({ stdout }) => stdout);
    helps.set(key, asked);
    const help = await asked;
    const members = help.split(/^Commands:$/m)[1]?.matchAll(/^ {2}([a-z-]+)/gm) ?? [];
    const next = words[command.length];
    if (next === undefined || ![...members].some(([, name]) => name === next)) return { command, help };
    command.push(next);
  }
}
