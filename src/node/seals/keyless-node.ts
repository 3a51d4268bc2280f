import { fingerprintOf, importSigner } from '../../protocol/keys.js';
import { HubClient } from '../hub-client/hub-client.js';
import { type HubStanding, hubStanding } from '../hub-standing.js';
import { nodeFiles, readJsonFile, readNodeSettings } from '../node-files.js';
import { openNodeStore } from '../store/store.js';
import { trustHubOf } from '../trust-hub.js';

/** What a node can say of itself before it was given its sealing key. */
export interface KeylessStatus {
  readonly tenant: string;
  /** Of its key, as the hub's operator compares it. */
  readonly fingerprint: string;
  readonly space: null;
  readonly waitsFor: 'SEAL_KEY';
  readonly hub: HubStanding;
}

/** A node that cannot be opened as a whole yet. */
interface KeylessNode {
  readonly tenant: string;
  readonly hub: HubClient;
  close(): Promise<void>;
}

/** @throws DATA_DIRECTORY_MISSING, NOT_READABLE, BAD_KEY_FILE */
export async function openKeylessNode(directory: string): Promise<KeylessNode> {
  const settings = readNodeSettings(directory);
  const { tenant, node, hubUrl } = settings;
  const files = nodeFiles(directory);
  trustHubOf(files, settings);
  const signer = await importSigner(readJsonFile(files.privateKey));
  const store = await openNodeStore(files.store);
  const hub = new HubClient({ tenant, node, hubUrl, signer, pins: store.pin, nowMs: Date.now });
  return { tenant, hub, close: () => store.close() };
}

/** What may be asked of it. */
export const keylessCommands = {
  status: async ({ tenant, hub }: KeylessNode): Promise<KeylessStatus> => ({
    tenant,
    fingerprint: fingerprintOf(hub.kid),
    space: null,
    waitsFor: 'SEAL_KEY',
    hub: await hubStanding(hub),
  }),
};
