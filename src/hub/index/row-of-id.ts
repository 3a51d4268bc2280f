import { randomBytes } from 'node:crypto';

/** An id's sixteen bytes as four numbers of 32 bits. */
export type IdWords = readonly [number, number, number, number];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Few enough ids in each that making one larger takes microseconds. */
const TABLES = 1_024;
const FIRST_SLOTS = 8;

/** @throws TypeError if the id is not a UUID in lower case */
export function toWords(id: string): IdWords {
  if (!UUID.test(id)) throw new TypeError('an id is a UUID');
  const word = (hex: string): number => Number.parseInt(hex, 16);
  return [
    word(id.slice(0, 8)),
    word(id.slice(9, 13) + id.slice(14, 18)),
    word(id.slice(19, 23) + id.slice(24, 28)),
    word(id.slice(28)),
  ];
}

export function fromWords([a, b, c, d]: IdWords): string {
  const [first, second, third, last] = [a, b, c, d].map((word) => word.toString(16).padStart(8, '0'));
  return `${first}-${second!.slice(0, 4)}-${second!.slice(4)}-${third!.slice(0, 4)}-${third!.slice(4)}${last}`;
}

interface Table {
  /** Row plus one; 0: free. */
  slots: Uint32Array;
  used: number;
}

/**
 * Which row an id has: hash tables of row numbers, the ids themselves stay in their column. Placed by a secret of this
 * process, as an insurer can choose ids.
 */
export class RowOfId {
  private readonly idAt: (row: number) => IdWords;
  private readonly secret = new Uint32Array(new Uint8Array(randomBytes(16)).buffer);
  private readonly tables: (Table | undefined)[] = new Array(TABLES);

  /** @param idAt the id of a row; asked only of rows that are in here */
  constructor(idAt: (row: number) => IdWords) {
    this.idAt = idAt;
  }

  get(id: IdWords): number | undefined {
    const { table, slot } = this.find(id);
    const row = table?.slots[slot] ?? 0;
    return row === 0 ? undefined : row - 1;
  }

  /** Says where an id is, new or moved. The id's column must have it there already. */
  set(id: IdWords, row: number): void {
    const hash = this.hash(id);
    const index = hash % TABLES;
    let table = this.tables[index];
    if (!table) {
      table = { slots: new Uint32Array(FIRST_SLOTS), used: 0 };
      this.tables[index] = table;
    }
    let slot = this.slotOf(table, hash, id);
    if (table.slots[slot] === 0) {
      if ((table.used + 1) * 4 > table.slots.length * 3) {
        this.enlarge(table);
        slot = this.slotOf(table, hash, id);
      }
      table.used++;
    }
    table.slots[slot] = row + 1;
  }

  /** The id's column must still have it. */
  delete(id: IdWords): void {
    const { table, slot } = this.find(id);
    if (!table || table.slots[slot] === 0) return;
    const { slots } = table;
    const mask = slots.length - 1;
    table.used--;
    // Those behind close up, or they would not be found past the gap.
    let gap = slot;
    for (let at = (gap + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const home = this.home(this.hash(this.idAt(slots[at]! - 1)), mask);
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      slots[gap] = slots[at]!;
      gap = at;
    }
    slots[gap] = 0;
  }

  private find(id: IdWords): { table: Table | undefined; slot: number } {
    const hash = this.hash(id);
    const table = this.tables[hash % TABLES];
    return { table, slot: table ? this.slotOf(table, hash, id) : 0 };
  }

  /** Where the id is, or the free slot where it would be. */
  private slotOf({ slots }: Table, hash: number, [a, b, c, d]: IdWords): number {
    const mask = slots.length - 1;
    for (let at = this.home(hash, mask); ; at = (at + 1) & mask) {
      const row = slots[at]!;
      if (row === 0) return at;
      const other = this.idAt(row - 1);
      if (other[0] === a && other[1] === b && other[2] === c && other[3] === d) return at;
    }
  }

  private home(hash: number, mask: number): number {
    return Math.floor(hash / TABLES) & mask;
  }

  private enlarge(table: Table): void {
    const { slots } = table;
    table.slots = new Uint32Array(slots.length * 2);
    const mask = table.slots.length - 1;
    for (const row of slots) {
      if (row === 0) continue;
      let at = this.home(this.hash(this.idAt(row - 1)), mask);
      while (table.slots[at] !== 0) at = (at + 1) & mask;
      table.slots[at] = row;
    }
  }

  private hash(id: IdWords): number {
    let hash = 0;
    for (let i = 0; i < 4; i++) {
      hash = Math.imul(hash ^ id[i]! ^ this.secret[i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
      hash = Math.imul(hash, 0x85ebca6b);
      hash ^= hash >>> 13;
    }
    return hash >>> 0;
  }
}
