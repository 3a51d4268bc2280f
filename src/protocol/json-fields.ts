import { ClaimprintError } from './errors.js';

// Readers of a manifest's fields: each gives the value in its type, or names the field that is wrong.

export function object(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(at, 'an object');
  return value as Record<string, unknown>;
}

export function text(value: unknown, at: string, pattern = /^.{1,500}$/): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw wrong(at, `a text like ${pattern.source}`);
  return value;
}

export function number(value: unknown, at: string, min: number, max: number): number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) throw wrong(at, `a number from ${min} to ${max}`);
  return value;
}

export function integer(value: unknown, at: string, min: number, max: number): number {
  if (!Number.isInteger(value)) throw wrong(at, 'a whole number');
  return number(value, at, min, max);
}

export function oneOf<T extends string>(value: unknown, at: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw wrong(at, allowed.map((each) => `'${each}'`).join(' or '));
  return found;
}

/** Three numbers, one a colour channel. */
export function triple(value: unknown, at: string, min: number, max: number): readonly [number, number, number] {
  if (!Array.isArray(value) || value.length !== 3) throw wrong(at, 'a list of three numbers, one a channel');
  const [a, b, c] = value.map((each, i) => number(each, `${at}[${i}]`, min, max));
  return [a!, b!, c!];
}

export function wrong(at: string, expected: string): ClaimprintError {
  return new ClaimprintError('BAD_MANIFEST', `The manifest's field ${at} must be ${expected}.`);
}
