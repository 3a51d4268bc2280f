import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, killAll, type Server, serve } from './cli.js';

/** A hub and insurers' data directories in a temporary folder, set up through the command line as a user would. */
export class Consortium {
  readonly directory = mkdtempSync(join(tmpdir(), 'claimprint-test-'));
  readonly sealKey = this.path('seal-key.json');
  hub!: Server;

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  async start(...tenants: string[]): Promise<this> {
    await cli(['seal-key', 'create', this.sealKey]);
    await this.startHub('0');
    for (const tenant of tenants) await this.join(tenant);
    return this;
  }

  /** Starts the hub again on the port it had. */
  async restartHub(): Promise<void> {
    await this.startHub(new URL(this.hub.ready.address).port);
  }

  private async startHub(port: string): Promise<void> {
    this.hub = await serve(['hub', 'start', '--data', this.path('hub'), '--port', port]);
  }

  /** Makes a node and lets it in. */
  async join(tenant: string, sealKey = this.sealKey, hubUrl: string = this.hub.ready.address): Promise<void> {
    const made = await this.init(tenant, sealKey, hubUrl);
    const key = made.json.publicKeyFile;
    const added = await cli(['hub', 'tenant', 'add', tenant, '--key', key, '--data', this.path('hub')]);
    if (added.code !== 0) throw new Error(added.stderr);
  }

  async init(tenant: string, sealKey = this.sealKey, hubUrl: string = this.hub.ready.address) {
    const args = ['--data', this.path(tenant), '--tenant', tenant, '--hub', hubUrl, '--seal-key', sealKey, '--json'];
    const made = await cli(['node', 'init', ...args]);
    if (made.code !== 0) throw new Error(made.stdout + made.stderr);
    return made;
  }

  ingest(tenant: string, paths: readonly string[], claim: string, env: Record<string, string> = {}) {
    return cli(['ingest', ...paths, '--claim', claim, '--data', this.path(tenant), '--json'], { env });
  }

  check(tenant: string, paths: readonly string[], ...more: string[]) {
    return cli(['check', ...paths, '--data', this.path(tenant), '--json', ...more]);
  }

  async remove(): Promise<void> {
    await killAll();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
