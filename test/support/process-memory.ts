import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const CHUNK_BYTES = 32 * 1024 * 1024;
/** What is searched for may lie across two chunks. */
const OVERLAP_BYTES = 4096;
const BLANK_PAGE = Buffer.alloc(4096);

/** All that a process on Linux has in memory that it can write to, in overlapping chunks, with one blank page for many. */
export function* processMemory(pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const [start, end] of writableRegions(pid)) {
      for (let at = start; at < end; at += CHUNK_BYTES - OVERLAP_BYTES) {
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, end - at));
        const bytes = read(memory, chunk, at);
        if (bytes > 0) yield withFewBlankPages(chunk.subarray(0, bytes));
        if (at + chunk.length >= end) break;
      }
    }
  } finally {
    closeSync(memory);
  }
}

function writableRegions(pid: number): [number, number][] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const region = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      return region ? [[Number.parseInt(region[1]!, 16), Number.parseInt(region[2]!, 16)] as [number, number]] : [];
    });
}

/** Most of what a process may write to it never has. Works in place. */
function withFewBlankPages(chunk: Buffer): Buffer {
  let kept = 0;
  let lastIsBlank = false;
  for (let at = 0; at < chunk.length; at += BLANK_PAGE.length) {
    const end = Math.min(at + BLANK_PAGE.length, chunk.length);
    const isBlank = chunk.compare(BLANK_PAGE, 0, end - at, at, end) === 0;
    if (!isBlank || !lastIsBlank) kept += chunk.copy(chunk, kept, at, end);
    lastIsBlank = isBlank;
  }
  return chunk.subarray(0, kept);
}

/** Regions come and go while they are read. */
function read(memory: number, chunk: Buffer, at: number): number {
  try {
    return readSync(memory, chunk, 0, chunk.length, at);
  } catch {
    return 0;
  }
}
