import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyEdit } from '../../../src/evaluation/edits.js';
import { createSealKey } from '../../../src/fingerprint/seal-key-file.js';
import { hubCommands } from '../../../src/hub/commands.js';
import type { Node } from '../../../src/node/node.js';
import { Insurers, run } from '../../support/insurers.js';
import { photo, photoFile } from '../../support/photos.js';

const house = new Insurers();
let a: Node;
let b: Node;

beforeAll(async () => {
  await house.start();
  a = await house.join('insurer-a');
  b = await house.join('insurer-b');
  await run(a, 'ingest', { paths: [photoFile('nagasaki-boats')], claim: 'A-1' });
  const next = house.path('next.json');
  await createSealKey(next, { profile: 'projected', epoch: 2 });
  for (const node of [a, b]) await run(node, 'sealKeyImport', { text: readFileSync(next, 'utf8') });
  const { space } = await run<{ space: string }>(a, 'reseal', { leave: false });
  await hubCommands.spaceAdd(house.hub, { space });
  for (const node of [a, b]) await run(node, 'reseal', { leave: false });
});
afterAll(() => house.remove());

it('an entry that is in two spaces counts for one photo of a claim, one’s own as another insurer’s', async () => {
  const edits = ['crop-80', 'mirror', 'messenger', 'screenshot', 'grey', 'half-turn'] as const;
  const paths = await Promise.all(
    edits.map(async (edit, i) => house.write(`${edit}.jpg`, await applyEdit(photo('nagasaki-boats'), edit, i))),
  );
  expect([a.seals.inUse.length, b.seals.inUse.length]).toEqual([2, 2]);
  for (const [node, scope] of [
    [a, 'OWN'],
    [b, 'OTHER'],
  ] as const) {
    const { photos, claims } = await run(node, 'check', { paths });
    expect(photos.map(({ matches }) => matches.length)).toEqual(paths.map(() => 1));
    expect(claims).toMatchObject([{ photos: paths.length, other: { scope }, pairs: 1 }]);
  }
});
