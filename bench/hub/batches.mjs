import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Entries in a block: enough submissions that streams running out at its end hardly count. */
const BLOCK_ENTRIES = 5_000;

/** Blocks of submissions in order, each made in a thread of its own while the one before is being submitted. */
export async function* blocksOfBatches(entries, batch, records) {
  const worker = new Worker(new URL('./batch-worker.mjs', import.meta.url), { workerData: { batch, records } });
  const perBlock = Math.ceil(BLOCK_ENTRIES / batch) * batch;
  const make = (from) => {
    const made = once(worker, 'message');
    worker.postMessage({ from, to: Math.min(from + perBlock, entries) });
    return made;
  };
  try {
    let next = make(0);
    for (let from = 0; from < entries; from += perBlock) {
      const [block] = await next;
      if (from + perBlock < entries) next = make(from + perBlock);
      yield block;
    }
  } finally {
    await worker.terminate();
  }
}
