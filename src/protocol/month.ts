import { ClaimprintError } from './errors.js';

/** A calendar month, `YYYY-MM`. On the wire: u16 months since January 1970. */
export type Month = `${number}-${number}`;

export function monthOf(timeMs: number): Month {
  return new Date(timeMs).toISOString().slice(0, 7) as Month;
}

/** @throws BAD_REQUEST if the text is no month from 1970-01 to 7431-04, the last that fits the wire. */
export function monthNumber(month: string): number {
  const parts = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
  const number = parts ? (Number(parts[1]) - 1970) * 12 + Number(parts[2]) - 1 : -1;
  if (number < 0 || number > 0xffff)
    throw new ClaimprintError('BAD_REQUEST', 'A month is written YYYY-MM, for example 2026-11.');
  return number;
}

export function monthFromNumber(number: number): Month {
  const year = 1970 + Math.floor(number / 12);
  return `${String(year).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}` as Month;
}
