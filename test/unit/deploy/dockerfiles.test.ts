import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDER = join(ROOT, 'deploy');

describe.each(readdirSync(FOLDER).filter((name) => name.endsWith('.Dockerfile')))('%s', (name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8');
  const dockerfile = DockerfileParser.parse(text);

  it('is well-formed', () => {
    expect(validate(text).map(({ message }) => message)).toEqual([]);
    expect(validate('FROM x\nRNU y').length).toBeGreaterThan(0);
  });

  it('copies only what the repository has and its ignore file lets through', () => {
    const present = new Set(readdirSync(ROOT));
    const allowed = readFileSync(join(FOLDER, `${name}.dockerignore`), 'utf8').match(/(?<=^!).+/gm)!;
    const sources = dockerfile
      .getCOPYs()
      .filter((copy) => !copy.getFlags().some((flag) => flag.getName() === 'from'))
      .flatMap((copy) => copy.getArguments().slice(0, -1))
      .map((argument) => argument.getValue().replace('./', ''));
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources) {
      expect(present, source).toContain(source);
      expect(allowed, source).toContain(source);
    }
  });

  it('does not run as root', () => {
    const users = dockerfile.getInstructions().filter((instruction) => instruction.getKeyword() === 'USER');
    expect(users.at(-1)?.getArgumentsContent()).toBe('node');
  });
});
