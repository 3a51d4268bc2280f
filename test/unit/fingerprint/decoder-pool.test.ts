import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { decodePhoto } from '../../../src/fingerprint/decode.js';
import { DecoderPool, type DecoderPoolOptions } from '../../../src/fingerprint/decoder/decoder-pool.js';
import { decodersOf, isAlive } from '../../support/decoders.js';
import { photo } from '../../support/photos.js';

const boats = photo('nagasaki-boats');
const cat = photo('locomotion-house-cat');
const pools: DecoderPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function openPool(options: Partial<DecoderPoolOptions> = {}): DecoderPool {
  const pool = new DecoderPool({ edge: 288, processes: 1, ...options });
  pools.push(pool);
  return pool;
}
const codeOf = (decoding: Promise<unknown>) =>
  decoding.then(
    () => 'decoded',
    (error) => error.code,
  );
const decoders = () => decodersOf(process.pid);

describe('a pool of decoders', () => {
  it('gives the very pixels that decoding here gives, for many photos at once', async () => {
    const pool = openPool({ processes: 2 });
    const here = [await decodePhoto(boats, { edge: 288 }), await decodePhoto(cat, { edge: 288 })];
    const there = await Promise.all([boats, cat, boats, cat, boats].map((bytes) => pool.decode(bytes)));
    for (const [i, decoded] of there.entries()) {
      expect({ ...decoded, data: undefined }).toEqual({ ...here[i % 2], data: undefined });
      expect(Buffer.compare(decoded.data, here[i % 2]!.data)).toBe(0);
    }
    expect(decoders()).toHaveLength(2);
  });

  it('keeps its processes while photos come, however many are decoded at once, and ends them when none has come', async () => {
    const pool = openPool({ processes: 2, idleMs: 1_000 });
    const both = () => Promise.all([pool.decode(cat), pool.decode(cat)]);
    await both();
    const first = decoders();
    expect(first).toHaveLength(2);
    // What feeds a model has nothing to do most of the time.
    for (const endMs = performance.now() + 2_500; performance.now() < endMs; await sleep(50)) await both();
    expect(decoders()).toEqual(first);
    await expect.poll(decoders).toEqual([]);
  });

  it('gives the very tiles that decoding here gives, where they are asked for', async () => {
    const pool = openPool();
    const here = await decodePhoto(boats, { edge: 288, tiles: true });
    const there = await pool.decode(boats, { tiles: true });
    expect(Buffer.compare(there.data, here.data)).toBe(0);
    expect(there.tiles).toHaveLength(5);
    for (const [i, { data, ...tile }] of there.tiles!.entries()) {
      expect({ ...here.tiles![i], data: undefined }).toEqual({ ...tile, data: undefined });
      expect(Buffer.compare(data, here.tiles![i]!.data)).toBe(0);
    }
    expect(await pool.decode(boats)).not.toHaveProperty('tiles');
  });

  it('hands on what is wrong with a photo and goes on', async () => {
    const pool = openPool();
    expect(await codeOf(pool.decode(Buffer.alloc(0)))).toBe('UNDECODABLE');
    expect(await codeOf(pool.decode(Buffer.from('text')))).toBe('UNSUPPORTED');
    expect(await codeOf(pool.decode(boats.subarray(0, 9000)))).toBe('UNDECODABLE');
    expect(await codeOf(pool.decode(boats))).toBe('decoded');
    expect(decoders()).toHaveLength(1);
  });

  it('ends a photo that takes too long, and decodes the next ones in a new process', async () => {
    const pool = openPool({ timeoutMs: 3_000 });
    await pool.decode(boats);
    const [hung] = decoders();
    process.kill(hung!, 'SIGSTOP');
    expect(await codeOf(pool.decode(boats))).toBe('DECODE_TIMEOUT');
    expect(await codeOf(pool.decode(cat))).toBe('decoded');
    expect(isAlive(hung!)).toBe(false);
  });

  it('loses no photo to a process that dies of something else', async () => {
    const pool = openPool({ timeoutMs: 30_000 });
    await pool.decode(boats);
    const [first] = decoders();
    process.kill(first!, 'SIGSTOP');
    const decoding = pool.decode(boats);
    process.kill(first!, 'SIGSEGV');
    process.kill(first!, 'SIGCONT');
    expect(await codeOf(decoding)).toBe('decoded');
  });

  it('gives a photo up that two processes die of, and that photo only', async () => {
    const pool = openPool({ processes: 2 });
    await pool.decode(boats);
    let killing = true;
    const killer = (async () => {
      while (killing) {
        for (const pid of decoders()) process.kill(pid, 'SIGSEGV');
        await sleep(5);
      }
    })();
    expect(await codeOf(pool.decode(boats))).toBe('DECODE_FAILED');
    killing = false;
    await killer;
    expect(await codeOf(pool.decode(boats))).toBe('decoded');
  });

  it.runIf(process.platform === 'linux')('keeps a decoder within its memory', async () => {
    const flat = sharp({ create: { width: 9_000, height: 9_000, channels: 3, background: '#248' } });
    // Interlaced, so that the whole picture has to be in memory.
    const hungry = await flat.png({ progressive: true, compressionLevel: 1 }).toBuffer();
    const small = openPool({ maxMemoryBytes: 200 * 2 ** 20 });
    expect(await codeOf(small.decode(hungry))).toBe('DECODE_FAILED');
    expect(await codeOf(small.decode(boats))).toBe('decoded');
    expect(await codeOf(openPool().decode(hungry))).toBe('decoded');
  });

  it.runIf(process.platform === 'linux')(
    'shows a decoder nothing of the environment, and lets it write no file',
    async () => {
      const pool = openPool();
      await pool.decode(boats);
      const [pid] = decoders();
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').filter(Boolean);
      const names = environment.map((variable) => variable.split('=')[0]).sort();
      expect(names).toEqual([
        'MALLOC_ARENA_MAX',
        'MALLOC_MMAP_THRESHOLD_',
        'MALLOC_TRIM_THRESHOLD_',
        'PWD',
        'UV_THREADPOOL_SIZE',
        'VIPS_DISC_THRESHOLD',
        'VIPS_WARNING',
      ]);
      const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
      expect(limits).toMatch(/Max core file size +0 +0 /);
      expect(limits).toMatch(/Max file size +0 +0 /);
      expect(limits).toMatch(/Max data size +1073741824 +1073741824 /);
      expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).toBe('1000');
    },
  );

  it('leaves no process behind', async () => {
    const pool = openPool({ processes: 2 });
    await Promise.all([pool.decode(boats), pool.decode(cat)]);
    const pids = decoders();
    await pool.close();
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(pool.decode(boats)).rejects.toThrow('closed');
  });
});
