import { readFileSync } from 'node:fs';
import type { Server } from './cli.js';

/** A claim system that talks to an insurer's gateway. */
export class GatewayClient {
  readonly address: string;
  readonly token: string;

  constructor(node: Server) {
    this.address = node.ready.address;
    this.token = readFileSync(node.ready.accessTokenFile, 'utf8').trim();
  }

  async query(
    query: string,
    variables: object = {},
    more: object = {},
    headers: Record<string, string> = {},
  ): Promise<any> {
    const answer = await fetch(`${this.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}`, ...headers },
      body: JSON.stringify({ query, variables, ...more }),
    });
    return answer.json();
  }

  /** Uploads files by the GraphQL multipart request specification. */
  async upload(query: string, variables: object, files: readonly { name: string; bytes: Buffer }[]): Promise<any> {
    const form = new FormData();
    form.set('operations', JSON.stringify({ query, variables: { ...variables, files: files.map(() => null) } }));
    form.set('map', JSON.stringify(Object.fromEntries(files.map((_, i) => [i, [`variables.files.${i}`]]))));
    for (const [i, { name, bytes }] of files.entries()) form.set(String(i), new Blob([new Uint8Array(bytes)]), name);
    const answer = await fetch(`${this.address}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'apollo-require-preflight': 'true' },
      body: form,
    });
    return answer.json();
  }
}
