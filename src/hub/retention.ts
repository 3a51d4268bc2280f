import { ClaimprintError } from '../protocol/errors.js';
import { LIMITS } from '../protocol/limits.js';
import { DEFAULT_RETENTION_YEARS, endOfYearAfter } from '../protocol/retention.js';
import type { Registry } from './ledger/registry.js';

const MAX_YEARS = 100;

/** How long the consortium keeps an entry at most: kept in the ledger, so that all hubs refuse alike. */
export class Retention {
  private readonly registry: Registry;
  private years = DEFAULT_RETENTION_YEARS;

  private constructor(registry: Registry) {
    this.registry = registry;
  }

  static async open(registry: Registry): Promise<Retention> {
    const retention = new Retention(registry);
    await retention.refresh();
    return retention;
  }

  get maxYears(): number {
    return this.years;
  }

  /** Takes over what another hub may have set. */
  async refresh(): Promise<void> {
    this.years = (await this.registry.retentionYears()) ?? DEFAULT_RETENTION_YEARS;
  }

  /** @throws BAD_REQUEST */
  async set(years: number, nowMs: number): Promise<void> {
    if (!Number.isInteger(years) || years < 0 || years > MAX_YEARS) {
      throw new ClaimprintError('BAD_REQUEST', `The longest retention is 0 to ${MAX_YEARS} calendar years.`);
    }
    await this.registry.setRetentionYears(years, nowMs);
    await this.refresh();
  }

  /** Seconds since 1970 at which an entry submitted now expires at the latest; a node's clock may be ahead by the skew. */
  latestExpiresAt(nowMs: number): number {
    return endOfYearAfter(this.years, nowMs + LIMITS.clockSkewSeconds * 1000);
  }
}
