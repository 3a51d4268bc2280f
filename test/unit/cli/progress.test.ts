import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgressBar } from '../../../src/cli/progress.js';
import { countPhotos, type Progress } from '../../../src/node/progress.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const afterSeconds = (seconds: number) => vi.advanceTimersByTime(seconds * 1000);

/** What a terminal was shown in the end, line by line, and what it was sent. */
function terminal(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 }) as unknown as NodeJS.WriteStream;
  let sent = '';
  stream.on('data', (chunk) => {
    sent += chunk;
  });
  // A bar is drawn over the one before, from the first column of its line.
  const lines = () =>
    sent.split('\n').map((line) => stripVTControlCharacters(line.split('\u001b[1G').at(-1)!).trimEnd());
  return { stream, lines, sent: () => sent };
}

describe('a progress bar', () => {
  it('shows how many photos a second were done since the phase began, not those that were done before', () => {
    const { stream, lines } = terminal(true);
    const bar = new ProgressBar(stream);
    bar.count('fingerprint', 400, 1000);
    afterSeconds(2);
    bar.count('fingerprint', 403, 1000);
    bar.count('hash', 0, 8);
    afterSeconds(4);
    bar.count('hash', 8, 8);
    bar.count('pairs', 0, 50, 'pairs');
    afterSeconds(1);
    bar.count('pairs', 25, 50, 'pairs');
    bar.stop();
    expect(lines()).toEqual([
      `fingerprint ${'█'.repeat(12)}${'░'.repeat(18)} 403/1000 1.5 photos/s`,
      `hash        ${'█'.repeat(30)} 8/8 2.0 photos/s`,
      `pairs       ${'█'.repeat(15)}${'░'.repeat(15)} 25/50 25.0 pairs/s`,
      '',
    ]);
  });

  it('shows no rate before it says something', () => {
    const { stream, lines } = terminal(true);
    const bar = new ProgressBar(stream);
    bar.count('copy', 0, 10);
    afterSeconds(0.4);
    bar.count('copy', 5, 10);
    bar.stop();
    expect(lines()[0]).toMatch(/ 5\/10$/);
  });

  it('shows what node and hub report with the rate that they give, and nothing else that they say', () => {
    const { stream, lines } = terminal(true);
    const bar = new ProgressBar(stream);
    for (const event of [
      { kind: 'progress', phase: 'submit', done: 0, total: 4 },
      undefined,
      { kind: 'other', phase: 'search', done: 1, total: 2, photosPerSecond: 9 },
      { kind: 'progress', phase: 'submit', done: 4, total: 4, photosPerSecond: 12.34 },
      { kind: 'progress', phase: 'indexing', done: 5, total: 10, entriesPerSecond: 800 },
      { kind: 'progress', phase: 'verify', done: 1, total: 2 },
    ]) {
      bar.show(event);
    }
    bar.stop();
    expect(lines()).toEqual([
      `submit      ${'█'.repeat(30)} 4/4 12.3 photos/s`,
      `indexing    ${'█'.repeat(15)}${'░'.repeat(15)} 5/10 800 entries/s`,
      `verify      ${'█'.repeat(15)}${'░'.repeat(15)} 1/2`,
      '',
    ]);
  });

  it('is silent where there is no terminal', () => {
    const { stream, sent } = terminal(false);
    const bar = new ProgressBar(stream);
    bar.count('fingerprint', 1, 2);
    bar.show({ kind: 'progress', phase: 'submit', done: 1, total: 2 });
    bar.stop();
    expect(sent()).toBe('');
  });
});

describe('the photos that a node counts', () => {
  it('come one by one, with a rate from half a second on', () => {
    const seen: Progress[] = [];
    const count = countPhotos('fingerprint', 4, (progress) => seen.push(progress));
    afterSeconds(0.4);
    count();
    afterSeconds(0.4);
    count();
    afterSeconds(0.2);
    count();
    afterSeconds(7);
    count();
    const event = { kind: 'progress', phase: 'fingerprint', total: 4 };
    expect(seen).toEqual([
      { ...event, done: 1 },
      { ...event, done: 2, photosPerSecond: 2.5 },
      { ...event, done: 3, photosPerSecond: 3 },
      { ...event, done: 4, photosPerSecond: 0.5 },
    ]);
  });
});
