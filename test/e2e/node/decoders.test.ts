import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, type Server, serve } from '../../support/cli.js';
import { Consortium } from '../../support/consortium.js';
import { decodersOf, isAlive } from '../../support/decoders.js';
import { photo, photoFile } from '../../support/photos.js';

const house = new Consortium();
let paths: string[];
let node: Server;

beforeAll(async () => {
  await house.start('insurer-a');
  const boats = photo('nagasaki-boats');
  paths = Array.from({ length: 32 }, (_, i) => house.path(`${i}.jpg`));
  for (const [i, path] of paths.entries()) writeFileSync(path, Buffer.concat([boats, Buffer.from([i])]));
});
afterAll(() => house.remove());

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('nothing happened');
    await sleep(20);
  }
}

describe("a running node's decoders", () => {
  it('cost no photo and not the node when one is killed in the middle of a batch', async () => {
    node = await serve(['node', 'start', '--data', house.path('insurer-a'), '--port', '0']);
    const ingesting = house.ingest('insurer-a', paths.slice(0, 16), 'A-1');
    await until(() => decodersOf(node.pid).length > 0);
    process.kill(decodersOf(node.pid)[0]!, 'SIGKILL');
    const { json } = await ingesting;
    expect(json.photos.filter(({ error }: { error: unknown }) => error !== null)).toEqual([]);
    expect(node.exitCode()).toBeNull();
  });

  it('end with the node, also when it is killed', async () => {
    const ingesting = house.ingest('insurer-a', paths.slice(16), 'A-2');
    await until(() => decodersOf(node.pid).length > 0);
    const pids = decodersOf(node.pid);
    await node.kill('SIGKILL');
    await ingesting;
    await until(() => !pids.some(isAlive));
  });

  it('are gone when a command without a running node ends', async () => {
    let command = 0;
    const started = (pid: number) => {
      command = pid;
    };
    const files = [photoFile('nagasaki-boats'), photoFile('black-canyon')];
    const comparing = cli(['compare', ...files, '--json'], { started });
    let pids: number[] = [];
    await until(() => {
      pids = decodersOf(command);
      return pids.length > 0;
    });
    expect((await comparing).code).toBe(0);
    await until(() => !pids.some(isAlive));
  });
});
