import type { Logger } from '../platform/log.js';
import type { TenantRecord } from './ledger/registry.js';

type Standing = Pick<TenantRecord, 'state' | 'shutOutAtMs'>;

/**
 * Says in the log what has become of a tenant, at every hub that notices, whichever of them an operator has told. What
 * the first look finds is no news.
 */
export class TenantAudit {
  private readonly logger: Logger;
  private known: ReadonlyMap<string, Standing> | undefined;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  see(records: readonly TenantRecord[]): void {
    const before = this.known;
    this.known = new Map(records.map((record) => [record.id, record]));
    if (!before) return;
    for (const record of records) {
      for (const news of newsOf(before.get(record.id), record)) {
        this.logger.warn(`audit: tenant ${news}`, { tenant: record.id, state: record.state });
      }
    }
  }
}

/** A tenant can be shut out and quarantined besides, and more than one thing can have happened since the last look. */
function newsOf(before: Standing | undefined, now: Standing): string[] {
  const news: string[] = [];
  const wasOut = before?.shutOutAtMs !== undefined;
  const isOut = now.shutOutAtMs !== undefined;
  if (!isOut && (!before || wasOut)) news.push('let in');
  if (isOut && now.state === 'LEFT') {
    if (before?.state !== 'LEFT') news.push('left');
  } else if (isOut && !wasOut) news.push('revoked');
  if (now.state === 'QUARANTINED' && before?.state !== 'QUARANTINED') news.push('quarantined');
  if (before?.state === 'QUARANTINED' && (now.state === 'ACTIVE' || now.state === 'REVOKED')) {
    news.push('no longer quarantined');
  }
  return news;
}
