import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinGeometry } from '../../src/decision/judge-geometry.js';
import { MERGE_RULES, mergeSignals } from '../../src/decision/merge-signals.js';
import { judgeSignal } from '../../src/decision/signal.js';
import { applyEdit } from '../../src/evaluation/edits.js';
import { cli } from '../support/cli.js';
import { photo } from '../support/photos.js';
import { poorForPdq } from '../support/poor-for-pdq.js';

const scratch = mkdtempSync(join(tmpdir(), 'compare-'));
const copy = join(scratch, 'copy.jpg');
const [boats, canyon] = [join(scratch, 'boats.jpg'), join(scratch, 'canyon.jpg')];
beforeAll(async () => {
  // Small, because each command looks at its photos anew.
  for (const [name, file] of [
    ['nagasaki-boats', boats],
    ['black-canyon', canyon],
  ] as const) {
    await sharp(photo(name)).resize(320).toFile(file);
  }
  writeFileSync(copy, await applyEdit(readFileSync(boats), 'crop-80', 3));
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** The table that the command prints, read as a person with a calculator would. */
function readTable(stdout: string) {
  const [, , ...rows] = stdout.split('\n\n')[0]!.split('\n');
  return rows.map((row) => {
    const [name, distance, duplicate, review, weight, grade, band] = row.split(/\s{2,}/) as string[];
    const thresholds = { duplicate: Number(duplicate), review: Number(review) };
    const signal = judgeSignal({ name: name!, distance: Number(distance), thresholds, weight: Number(weight) });
    return { signal, grade: Number(grade), band };
  });
}

describe('claimprint compare', () => {
  /** By the grades of all signals, and by their bands. */
  it.each(['mean', 'majority', 'pyramid'] as const)('prints all that its decision by %s is made of', async (rule) => {
    const { stdout, code } = await cli(['compare', boats, copy, '--merge', rule]);
    const rows = readTable(stdout);
    expect(rows).toHaveLength(7);
    for (const { signal, grade, band } of rows) {
      expect(signal.band).toBe(band);
      expect(signal.grade).toBeCloseTo(grade, 1);
    }
    const signals = rows.map(({ signal }) => signal);
    const merged = mergeSignals(signals, rule);
    expect(stdout).toMatch(new RegExp(`^merged +${merged.band} .*rule ${rule}`, 'm'));
    expect(stdout).toMatch(/^geometry +copy: B is a part of A \(6[0-9] % of it, in the middle\)/m);
    const decision = joinGeometry(merged.band, 'COPY');
    expect(stdout).toMatch(new RegExp(`^decision +${decision}$`, 'm'));
    expect(code).toBe({ DUPLICATE: 11, REVIEW: 10, NONE: 0 }[decision]);
  });

  it('ends with 11 for a copy and with 0 for photos that have nothing to do with one another', async () => {
    const found = await cli(['compare', boats, copy, '--json']);
    expect(found).toMatchObject({ code: 11, json: { decision: 'DUPLICATE', flat: false } });
    // What it prints is enough for every rule.
    const { stdout } = await cli(['compare', boats, copy]);
    expect(stdout).not.toContain('note');
    const table = readTable(stdout).map(({ signal }) => signal);
    for (const rule of MERGE_RULES) {
      expect([rule, mergeSignals(table, rule).band]).toEqual([rule, mergeSignals(found.json.signals, rule).band]);
    }
    const none = await cli(['compare', boats, canyon, '--json']);
    expect(none).toMatchObject({
      code: 0,
      json: { decision: 'NONE', geometry: { verdict: 'NONE', matched: expect.any(Number) } },
    });
    expect(none.json.signals.every(({ band }: any) => band === 'NONE')).toBe(true);
  });

  it('looks at no points where evidence is switched off, and decides without them', async () => {
    const { json, code } = await cli(['compare', boats, copy, '--json'], { env: { CLAIMPRINT_EVIDENCE: 'off' } });
    expect([code, json.geometry, json.decision]).toEqual([11, null, json.merged.band]);
  });

  it('says of the same bytes that they are the same file, and does not look at their points', async () => {
    const twin = join(scratch, 'twin.jpg');
    copyFileSync(boats, twin);
    // Whatever thread compares points dies of it here.
    const env = { NODE_OPTIONS: `--import ${new URL('../support/kill-threads.mjs', import.meta.url)}` };
    const { stdout, code } = await cli(['compare', boats, twin], { env });
    expect(stdout).toMatch(/^geometry +copy: it is the same file\n(?! +points)/m);
    expect(code).toBe(11);
  });

  it('goes on without points and pixels where the thread that compares them dies, and says so', async () => {
    const env = { NODE_OPTIONS: `--import ${new URL('../support/kill-threads.mjs', import.meta.url)}` };
    const { json, code, stderr } = await cli(['compare', boats, copy, '--json'], { env });
    expect([code, json.decision, stderr]).toEqual([11, json.merged.band, '']);
    expect(json.geometry).toEqual({
      verdict: 'NONE',
      words: 'could not be measured (The photos could not be compared by their points.)',
    });
    expect((await cli(['compare', boats, copy], { env })).stdout).toMatch(
      /^geometry +not verified: could not be measured/m,
    );
  });

  it('says where PDQ finds too little to see and has no say', async () => {
    const corner = join(scratch, 'corner.png');
    writeFileSync(corner, await poorForPdq());
    const { stdout } = await cli(['compare', boats, corner]);
    expect(readTable(stdout).map(({ signal }) => signal.name)).not.toContain('pdq');
    expect(stdout).toMatch(/^note +PDQ is left aside: it finds too little to see in B \(quality \d+\) and needs 50$/m);
  });

  it('refuses a rule that there is none of', async () => {
    const { code, stderr } = await cli(['compare', boats, copy, '--merge', 'toString']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--merge takes one of mean, .* \(BAD_REQUEST\)/);
  });

  it('takes no thresholds from a handful of photos', async () => {
    const { code, json } = await cli(['models', 'fit-signals', scratch, '--edits', '1', '--json']);
    expect([code, json.error.code]).toEqual([2, 'BAD_REQUEST']);
    expect(json.error.message).toContain('at least 100 photos');
  });
});
