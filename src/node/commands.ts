import type { Commands } from '../platform/owner.js';
import { LINES_OF_BUSINESS, type LineOfBusiness, SCOPES, type Scope } from '../protocol/enums.js';
import { ClaimprintError } from '../protocol/errors.js';
import { exportAudit } from './audit/export-audit.js';
import { type AuditRequest, verifyAudit } from './audit/verify-audit.js';
import { type BackupRequest, backUpNode } from './backup/back-up-node.js';
import { check } from './check.js';
import { hubStanding } from './hub-standing.js';
import { ingest } from './ingest.js';
import { claimsOf } from './intake/claims.js';
import { expandPaths } from './intake/expand-paths.js';
import { rotateKey } from './key-rotation/rotate-key.js';
import type { Node } from './node.js';
import { sentReport } from './receipts/sent-report.js';
import { verifyReceipts } from './receipts/verify-receipts.js';
import { type ResealRequest, reseal } from './seals/reseal.js';
import { sealCommands } from './seals/seal-commands.js';
import { nodeStatus } from './status.js';
import { trustIssuer } from './trust-issuer.js';
import { type WithdrawRequest, withdraw } from './withdraw.js';

export interface IngestArguments {
  /** Absolute. */
  readonly paths: readonly string[];
  readonly claim?: string;
  /** `dirname`, or the absolute path of a CSV file. */
  readonly claimsFrom?: string;
  readonly lineOfBusiness?: string;
  readonly check?: boolean;
}

export interface CheckArguments {
  readonly paths: readonly string[];
  readonly scope?: string;
  readonly limit?: number;
  readonly allScores?: boolean;
  readonly deep?: boolean;
}

export interface WithdrawArguments {
  readonly paths?: readonly string[];
  readonly claim?: string;
  readonly all?: boolean;
}

/** What the command line asks of a node; arguments and results are plain JSON, for they may cross the control socket. */
export const nodeCommands: Commands<Node> = {
  async ingest(node, args: IngestArguments, onProgress, signal) {
    const lineOfBusiness = oneOf<LineOfBusiness>(LINES_OF_BUSINESS, args.lineOfBusiness ?? 'UNSPECIFIED');
    const { photos, passedOver } = await expandPaths(args.paths, node.photoRoots);
    const claimOf = await claimsOf(args, photos, node.photoRoots);
    const request = { photos, claimOf, lineOfBusiness, check: args.check ?? true };
    const report = await ingest(node, request, { onProgress, signal });
    const { unmatchedLines } = claimOf;
    return { ...report, passedOver, ...(unmatchedLines && { unmatchedLines }) };
  },
  async check(node, args: CheckArguments, onProgress, signal) {
    const scope = oneOf<Scope>(SCOPES, args.scope ?? 'ALL');
    const { photos, passedOver } = await expandPaths(args.paths, node.photoRoots);
    const { limit = 10, allScores, deep } = args;
    const report = await check(node, { photos, scope, limit, allScores, deep }, { onProgress, signal });
    return { ...report, passedOver };
  },
  withdraw: (node, args: WithdrawArguments) => withdraw(node, withdrawRequest(args)),
  backup: (node, args: BackupRequest, _onProgress, signal) => backUpNode(node, args, signal),
  keyRotate: (node, args: { revokeOld: boolean }) => rotateKey(node, args),
  trustIssuer: (node, { url }: { url: string }) => trustIssuer(node, url),
  status: async (node) => ({ ...(await nodeStatus(node)), hub: await hubStanding(node.hub) }),
  auditVerify: (node, args: AuditRequest, onProgress, signal) => verifyAudit(node, args, onProgress, signal),
  auditExport: (node, { file }: { file: string }) => exportAudit(node, file),
  receiptsVerify: (node, _args: object, onProgress, signal) => verifyReceipts(node, onProgress, signal),
  sent: (node, { claim }: { claim: string }) => sentReport(node, claim),
  ...sealCommands,
  reseal: (node, args: ResealRequest, onProgress) => reseal(node, args, onProgress),
};

function withdrawRequest({ paths = [], claim, all }: WithdrawArguments): WithdrawRequest {
  if (all && paths.length === 0 && claim === undefined) return { all };
  if (claim !== undefined && paths.length === 0 && !all) return { claim };
  if (paths.length > 0 && claim === undefined && !all) return { paths };
  throw new ClaimprintError('BAD_REQUEST', 'Say what to withdraw: paths, a claim or everything.');
}

function oneOf<Name extends string>(table: Readonly<Record<Name, number>>, text: string): Name {
  const name = text.toUpperCase();
  if (Object.hasOwn(table, name)) return name as Name;
  throw new ClaimprintError('BAD_REQUEST', `${JSON.stringify(text)} is none of ${Object.keys(table).join(', ')}.`);
}
