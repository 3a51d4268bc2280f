import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Insurers, run } from '../../support/insurers.js';
import { photoFile } from '../../support/photos.js';

const house = new Insurers();
/** Stands where the hub's address leads: another hub that announces what it is told to, else the way to ours. */
let front: Server;
let announced: unknown;
let asked: string[] = [];

beforeAll(async () => {
  await house.start();
  front = createServer(async (request, response) => {
    asked.push(request.url!);
    const body = request.method === 'POST' ? Buffer.concat(await request.toArray()) : undefined;
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const init = { method: request.method!, headers: headers as Record<string, string>, ...(body && { body }) };
    const answer = await fetch(`${house.hubUrl}${request.url}`, init);
    const text = await answer.text();
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    const changed = announced !== undefined && request.url === '/.well-known/claimprint';
    response.end(changed ? JSON.stringify({ ...JSON.parse(text), protocolVersions: announced }) : text);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  front.close();
  front.closeAllConnections();
  await house.remove();
});

describe('a hub of another version', () => {
  it('is sent nothing; the outbox keeps all of it, and goes on without a restart once a version is shared', async () => {
    const hubUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const node = await house.join('insurer-v', { hubUrl });
    announced = [3, 2];
    asked = [];
    const paths = [photoFile('black-canyon')];
    const report = await run(node, 'ingest', { paths, claim: 'V-1' });
    expect(report.photos[0]).toMatchObject({ decision: 'UNKNOWN', error: { code: 'PROTOCOL_UNSUPPORTED' } });
    expect(report.photos[0]!.error!.message).toMatch(
      /hub speaks version 2, 3 .* this node version 1\. This node is too old/,
    );
    const looked = await run(node, 'check', { paths });
    expect(looked.photos[0]).toMatchObject({ decision: 'UNKNOWN', error: { code: 'PROTOCOL_UNSUPPORTED' } });
    expect(asked.filter((url) => !url.startsWith('/.well-known/'))).toEqual([]);
    expect(await run(node, 'status', {})).toMatchObject({ outbox: 1, photos: { QUEUED: 1, REFUSED: 0 } });
    expect((await node.store.outbox.first())!.last_error).toBe('PROTOCOL_UNSUPPORTED');

    announced = [2, 1];
    expect(await node.outbox.deliver()).toEqual({});
    expect(await house.entriesAtHub('insurer-v')).toBe(1);
  });

  it('that announces nonsense is not taken for a hub', async () => {
    const hubUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const node = await house.join('insurer-w', { hubUrl });
    for (const versions of [[], 'one', ['1'], [0], [1.5], Array(300).fill(1), { 0: 1 }, null]) {
      announced = versions;
      const { error } = await node.outbox.deliver();
      // An empty outbox asks nobody.
      expect(error).toBeUndefined();
      const report = await run(node, 'check', { paths: [photoFile('black-canyon')] });
      expect([versions, report.photos[0]!.error!.code]).toEqual([versions, 'HUB_UNAVAILABLE']);
    }
  });
});
