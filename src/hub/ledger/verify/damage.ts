/** One thing that is wrong with a ledger. */
export interface Damage {
  /** Position of the record in the log, from 0; absent where no record is to blame. */
  readonly record?: number;
  /** Id of the entry. */
  readonly entry?: string;
  /** What is wrong, as the end of a sentence that began with the record. */
  readonly problem: string;
}

const MAX_KEPT = 100;

/** Collects damages: all are counted, the first hundred kept. */
export class Damages {
  readonly kept: Damage[] = [];
  count = 0;

  add(damage: Damage): void {
    this.count++;
    if (this.kept.length < MAX_KEPT) this.kept.push(damage);
  }

  /** Adds the problem unless the condition holds. */
  expect(holds: boolean, damage: Damage): void {
    if (!holds) this.add(damage);
  }
}

/** For example `Record 17, entry 5f0c…: its leaf is not the one that was signed.` */
export function describeDamage({ record, entry, problem }: Damage): string {
  const places = [record === undefined ? '' : `record ${record}`, entry === undefined ? '' : `entry ${entry}`];
  const place = places.filter((part) => part !== '').join(', ');
  const sentence = place === '' ? problem : `${place}: ${problem}`;
  return `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`;
}
