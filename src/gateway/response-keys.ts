import type { GraphQLFormattedError } from 'graphql';

/** Key of a field that stands where nothing was asked for; it is not in the restored answer. */
export const PLACEHOLDER = '_';

/**
 * Neutral names for the response keys of one request. An alias of the user's becomes `a0`, `a1`, …; every other key
 * is a field name of the schema and stays. The same key gets the same name wherever it occurs, so the renamed request
 * has an answer of the same shape and the way back needs no knowledge of fragments.
 */
export class ResponseKeys {
  private readonly neutral = new Map<string, string>();
  private readonly original = new Map<string, string>();
  private aliases = 0;

  /** The name under which the hub sees a key; equal to `field` where no alias is needed. */
  neutralFor(key: string, field: string): string {
    const known = this.neutral.get(key);
    if (known !== undefined) return known;
    const name = key === field ? key : `a${this.aliases++}`;
    this.neutral.set(key, name);
    this.original.set(name, key);
    return name;
  }

  /** An answer with the user's keys put back. Objects come without prototype: a key may be `__proto__`. */
  restore(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.restore(item));
    if (typeof value !== 'object' || value === null) return value;
    const restored: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) {
      if (key !== PLACEHOLDER) restored[this.original.get(key) ?? key] = this.restore(item);
    }
    return restored;
  }

  restorePath(path: GraphQLFormattedError['path']): Array<string | number> | undefined {
    return path?.map((step) => (typeof step === 'string' ? (this.original.get(step) ?? step) : step));
  }
}
