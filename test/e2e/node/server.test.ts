import { request, type ServerResponse } from 'node:http';
import { getIntrospectionQuery } from 'graphql';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveNode } from '../../../src/cli/node/serve-node.js';
import type { Node } from '../../../src/node/node.js';
import { type NodeServer, startNodeServer } from '../../../src/node/server/node-server.js';
import { Insurers, run } from '../../support/insurers.js';
import { photo, photoFile } from '../../support/photos.js';

const house = new Insurers();
let node: Node;
let server: NodeServer;
beforeAll(async () => {
  await house.start();
  const other = await house.join('insurer-b');
  node = await house.join('insurer-a');
  await run(other, 'ingest', { paths: [photoFile('nagasaki-boats')], claim: 'B-1' });
  server = await serveNode(node, { host: '127.0.0.1', port: 0, allowPlainHttp: false });
});
afterAll(async () => {
  await server.close();
  await house.remove();
});

const INGEST = `mutation($files: [Upload!]!, $claim: String!) { ingestPhotos(files: $files, claim: $claim) {
  complete photos { fileName decision alreadyKnown error { code message } photo { id claim state width height thumbnailUrl reference }
    matches { scope tenant entry claim fileName decision probability similarity } } } }`;
const CHECK = `mutation($files: [Upload!]!) { checkPhotos(files: $files, scope: OTHERS) { photos { fileName decision error { code } photo { id } } } }`;

async function upload(
  path: string,
  query: string,
  variables: object,
  files: { name: string; bytes: Uint8Array }[],
  headers = {},
) {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables: { ...variables, files: files.map(() => null) } }));
  form.set('map', JSON.stringify(Object.fromEntries(files.map((_, i) => [i, [`variables.files.${i}`]]))));
  for (const [i, { name, bytes }] of files.entries()) form.set(String(i), new Blob([new Uint8Array(bytes)]), name);
  const authorization = `Bearer ${node.accessToken()}`;
  const all = { authorization, 'apollo-require-preflight': 'true', ...headers };
  const response = await fetch(server.address + path, { method: 'POST', headers: all, body: form });
  return { status: response.status, json: (await response.json()) as any };
}

async function query(path: string, text: string, variables: object = {}) {
  const response = await fetch(server.address + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${node.accessToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: text, variables }),
  });
  return { status: response.status, json: (await response.json()) as any };
}

/** fetch would set Host itself. */
function raw(
  path: string,
  headers: Record<string, string>,
  method = 'POST',
  address = server.address,
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const call = request(address + path, { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, body, headers: response.headers }));
    });
    call.on('error', reject);
    call.end(method === 'POST' ? '{"query":"{ __typename }"}' : undefined);
  });
}

describe('uploads', () => {
  it('several photos at once, a bad one among them, through the gateway’s address', async () => {
    const files = [
      { name: 'C:\\akte\\Boote.jpg', bytes: photo('nagasaki-boats') },
      { name: 'kaputt.jpg', bytes: photo('black-canyon').subarray(0, 9_000) },
      { name: 'notizen.jpg', bytes: Buffer.from('not a photo') },
      { name: 'leer.jpg', bytes: Buffer.alloc(0) },
    ];
    const { status, json } = await upload('/graphql', INGEST, { claim: 'A-1' }, files);
    expect(json.errors).toBeUndefined();
    expect(status).toBe(200);
    const { photos, complete } = json.data.ingestPhotos;
    expect(complete).toBe(true);
    expect(photos).toMatchObject([
      { fileName: 'Boote.jpg', decision: 'DUPLICATE', photo: { claim: 'A-1', state: 'SUBMITTED' } },
      { fileName: 'kaputt.jpg', decision: 'ERROR', error: { code: 'UNDECODABLE' }, photo: null, matches: [] },
      { fileName: 'notizen.jpg', decision: 'ERROR', error: { code: 'UNSUPPORTED' } },
      { fileName: 'leer.jpg', decision: 'ERROR', error: { code: 'UNDECODABLE' } },
    ]);
    expect(photos[0].matches).toMatchObject([{ scope: 'OTHER', claim: null, fileName: null, similarity: null }]);
    const { width, height } = await sharp(photo('nagasaki-boats')).metadata();
    expect([photos[0].photo.width, photos[0].photo.height]).toEqual([width, height]);
  });

  it('checkPhotos keeps nothing; the private graph’s own address does the same', async () => {
    const files = [{ name: 'x.jpg', bytes: photo('nagasaki-boats') }];
    const deep = CHECK.replace('OTHERS', 'OTHERS, deep: true');
    const { json } = await upload('/node/graphql', deep, {}, files);
    expect(json.data.checkPhotos.photos).toEqual([
      { fileName: 'x.jpg', decision: 'DUPLICATE', error: null, photo: null },
    ]);
  });

  it('checkPhotos says how an upload was made from one’s own, which has a thumbnail and no path', async () => {
    const fields = 'matches { scope kind geometry { verdict by words inliers } }';
    const text = CHECK.replace('OTHERS', 'OWN').replace('photo { id }', fields);
    const turned = await sharp(photo('nagasaki-boats')).rotate(90).jpeg().toBuffer();
    const { json } = await upload('/graphql', text, {}, [{ name: 'turned.jpg', bytes: turned }]);
    const [match] = json.data.checkPhotos.photos[0].matches;
    expect(match).toMatchObject({ scope: 'OWN', geometry: { verdict: 'COPY', by: 'THUMBNAIL' } });
    expect(match.geometry.words).toBe('the photo shows all of the own photo, turned by 90° clockwise');
    expect(match.geometry.inliers).toBeGreaterThan(100);
  });

  it('needs a header that a foreign page cannot send, and at most 64 files', async () => {
    const files = [{ name: 'x.jpg', bytes: Buffer.from('x') }];
    const without = await upload('/graphql', CHECK, {}, files, { 'apollo-require-preflight': '' });
    expect(without).toMatchObject({ status: 403, json: { errors: [{ extensions: { code: 'FORBIDDEN' } }] } });
    const many = Array.from({ length: 65 }, () => files[0]!);
    const tooMany = await upload('/graphql', CHECK, {}, many);
    expect(tooMany).toMatchObject({ status: 413, json: { errors: [{ extensions: { code: 'TOO_MANY_FILES' } }] } });
  });

  it('a file over the limit is its own error', async () => {
    const big = Buffer.concat([photo('black-canyon'), Buffer.alloc(51 * 1024 * 1024)]);
    const { json } = await upload('/graphql', CHECK, {}, [
      { name: 'big.jpg', bytes: big },
      { name: 'x.jpg', bytes: photo('nagasaki-boats') },
    ]);
    expect(json.data.checkPhotos.photos).toMatchObject([
      { decision: 'ERROR', error: { code: 'TOO_LARGE' } },
      { decision: 'DUPLICATE' },
    ]);
  });
});

describe('the graph', () => {
  it('a search by reference joins own fields at home, and none for a foreign entry', async () => {
    await run(node, 'ingest', { paths: [photoFile('nagasaki-boats')], claim: 'A-2' });
    const claim = await query(
      '/graphql',
      '{ claim(number: "A-1") { photos { id reference fileName entry { id firstSeen scope } } } }',
    );
    expect(claim.json.errors).toBeUndefined();
    const [photoOfClaim] = claim.json.data.claim.photos;
    expect(photoOfClaim.entry).toMatchObject({ id: photoOfClaim.id, scope: 'OWN' });
    const find = `query($s: ID!, $r: Reference!) { findDuplicates(input: { space: $s, reference: $r }) { complete matches {
      scope entry { id tenant firstSeen claim fileName thumbnailUrl } } } }`;
    const { json } = await query('/graphql', find, { s: node.space, r: photoOfClaim.reference });
    expect(json.errors).toBeUndefined();
    const matches = json.data.findDuplicates.matches as { scope: string; entry: object }[];
    expect(matches.find(({ scope }) => scope === 'OWN')?.entry).toMatchObject({ claim: 'A-2', fileName: 'image.jpg' });
    expect(matches.find(({ scope }) => scope === 'OTHER')?.entry).toMatchObject({
      claim: null,
      fileName: null,
      thumbnailUrl: null,
    });
  });

  it('the private graph joins nothing to a foreign entry with one’s own id', async () => {
    const [own] = await node.store.photos.all();
    const text = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Entry { id claim } } }';
    const of = (scope: string) => ({ __typename: 'Entry', id: own!.entry, scope });
    const { json } = await query('/node/graphql', text, { r: [of('OWN'), of('OTHER')] });
    expect(json.data._entities).toEqual([
      { id: own!.entry, claim: own!.claim },
      { id: own!.entry, claim: null },
    ]);
  });

  it('has thumbnails, small and without metadata', async () => {
    const [own] = await node.store.photos.all();
    const authorization = `Bearer ${node.accessToken()}`;
    const response = await fetch(`${server.address}/thumbnails/${own!.entry}`, { headers: { authorization } });
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    const { width, height, exif } = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
    expect(Math.max(width, height)).toBeLessThanOrEqual(400);
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(200);
    expect(exif).toBeUndefined();
    for (const path of ['/thumbnails/..%2fnode.json', '/thumbnails/00000000-0000-5000-8000-000000000000', '/other']) {
      expect((await fetch(server.address + path, { headers: { authorization } })).status).toBe(404);
    }
  });

  it('answers mistakes with codes', async () => {
    const bad = await query('/node/graphql', '{ nothing }');
    expect(bad).toMatchObject({ status: 400, json: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] } });
    const claim = await upload('/graphql', INGEST, { claim: ' ' }, [{ name: 'x', bytes: Buffer.from('x') }]);
    expect(claim.json.errors[0].extensions).toEqual({ code: 'BAD_REQUEST', retryable: false });
    const large = await query('/node/graphql', `# ${'x'.repeat(2 * 1024 * 1024)}`);
    expect(large).toMatchObject({ status: 413, json: { errors: [{ extensions: { code: 'BODY_TOO_LARGE' } }] } });
  });
});

it('a gateway that could not be opened is an error of that request, and is opened anew for the next one', async () => {
  let opened = 0;
  const openGateway = async () => {
    if (opened++ === 0) throw new Error('no room for it');
    const handle = async (_request: unknown, response: ServerResponse) => void response.end('{}');
    return { handle, dispose: async () => undefined };
  };
  const open = await startNodeServer(node, { host: '127.0.0.1', port: 0, openGateway });
  const headers = { authorization: `Bearer ${node.accessToken()}`, 'content-type': 'application/json' };
  const ask = async () => (await raw('/graphql', headers, 'POST', open.address)).status;
  expect([await ask(), await ask(), await ask()]).toEqual([500, 200, 200]);
  expect(opened).toBe(2);
  await open.close();
});

describe('who may ask', () => {
  const body = { 'content-type': 'application/json' };

  it('a page of an allowed origin may ask and read, after the browser has asked; no other page is told anything', async () => {
    const allowed = 'https://claims.example';
    const openGateway = async () => ({ handle: async () => undefined, dispose: async () => undefined });
    const options = {
      host: '127.0.0.1',
      port: 0,
      allowedOrigins: [allowed],
      allowedHosts: ['node.example'],
      openGateway,
    };
    const open = await startNodeServer(node, options);
    const authorization = `Bearer ${node.accessToken()}`;
    const preflight = (origin: string, path: string, host?: string) =>
      raw(path, { origin, 'access-control-request-method': 'POST', ...(host && { host }) }, 'OPTIONS', open.address);
    for (const path of ['/graphql', '/node/graphql', '/thumbnails/00000000-0000-5000-8000-000000000000']) {
      const { status, headers } = await preflight(allowed, path);
      expect([path, status, headers['access-control-allow-origin']]).toEqual([path, 204, allowed]);
      expect(headers['access-control-allow-headers']).toContain('authorization');
      expect(headers['access-control-allow-credentials']).toBeUndefined();
      for (const origin of ['https://evil.example', 'null', `${allowed}.evil.example`, 'https://claims.example:444']) {
        const refused = await preflight(origin, path);
        expect([origin, refused.status, refused.headers['access-control-allow-origin']]).toEqual([
          origin,
          403,
          undefined,
        ]);
      }
      expect((await preflight(allowed, path, 'evil.example')).status).toBe(403);
    }
    const asked = (origin: string, more = {}) =>
      raw('/node/graphql', { ...body, origin, ...more }, 'POST', open.address);
    const answer = await asked(allowed, { authorization, host: 'node.example' });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, allowed]);
    expect(answer.headers.vary).toContain('origin');
    expect((await asked(allowed)).status).toBe(401);
    expect((await asked('https://evil.example', { authorization })).status).toBe(403);
    await open.close();
    for (const origin of ['*', 'https://claims.example/path', 'http://claims.example', 'claims.example', '']) {
      const started = startNodeServer(node, { ...options, allowedOrigins: [origin] });
      await expect(started).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
  });

  it('without allowed origins no answer has a CORS header, and all have the security headers, also the gateway’s', async () => {
    const authorization = `Bearer ${node.accessToken()}`;
    for (const path of ['/graphql', '/node/graphql', '/nothing', '/%']) {
      for (const headers of [
        { ...body, authorization },
        { ...body, authorization, origin: 'https://evil.example' },
        {},
      ]) {
        const answer = await raw(path, headers);
        expect(answer.headers).toMatchObject({
          'cache-control': 'no-store',
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
          'cross-origin-resource-policy': 'same-origin',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
        });
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
        expect(answer.status).toBeLessThan(500);
      }
    }
  });

  it('the private graph and the gateway refuse what is too deep, too large, or has too many aliases or directives', async () => {
    const many = (count: number, text: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => text(i)).join(' ');
    const deep = `{ __schema { types { ${'fields { type { '.repeat(10)} name ${'} }'.repeat(10)} } } }`;
    for (const path of ['/graphql', '/node/graphql']) {
      for (const text of [
        `{ ${many(101, (i) => `a${i}: __typename`)} }`,
        `{ ${many(60, (i) => `a${i}: __typename @skip(if: false)`)} }`,
        `{ ...F0 } ${many(20, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F20 on Query { __typename }`,
        '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
        `{ ${many(3_000, () => '__typename')} }`,
        deep,
      ]) {
        const { status, json } = await query(path, text);
        expect([text.slice(0, 40), json.errors?.[0].extensions.code]).toEqual([text.slice(0, 40), 'BAD_REQUEST']);
        expect(status).toBeLessThan(500);
        expect(json.data ?? null).toBeNull();
      }
      expect((await query(path, getIntrospectionQuery())).json.errors).toBeUndefined();
    }
  });
});
