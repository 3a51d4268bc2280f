import {
  compileKernel,
  F64,
  forEach,
  get,
  I32,
  I32_ADD,
  i32Const,
  increase,
  instantiateKernel,
  repeat,
  set,
  V128,
  V128_ZERO,
} from '../../platform/wasm-module.js';

/** Rows of int8 are padded with zeros to a multiple of this. */
export const CODE_ROW_ALIGNMENT_BYTES = 32;
/** What stands beside each row: float32 step, float32 error. */
export const TERM_BYTES = 8;

/** Rows that are compared side by side, a quarter of all apart: their loads need not wait for each other. */
const LANES = [0, 1, 2, 3] as const;

/**
 * Finds the rows of int8 that may score at least `floor`: those whose reach, `scale · step · (query · row) + weight · error`,
 * does. The integers' product is exact, the rest float64.
 * @param query address of int16 numbers, as many as a row has; no sum of products may leave int32
 * @param quarter a quarter of the number of rows
 * @param rowBytes a multiple of {@link CODE_ROW_ALIGNMENT_BYTES}
 * @param terms address of the rows' steps and errors
 * @param found address where the rows' numbers, counted from 0, go as int32, in no order; room for all
 * @param reaches address where their reaches go as float64; room for all
 * @returns how many there are
 */
export type NearRows = (
  query: number,
  rows: number,
  quarter: number,
  rowBytes: number,
  terms: number,
  found: number,
  reaches: number,
  scale: number,
  weight: number,
  floor: number,
) => number;

/** Puts the kernel on a memory. */
export function nearRowsOn(memory: WebAssembly.Memory): NearRows {
  compiled ??= compileKernel(
    {
      parameters: [I32, I32, I32, I32, I32, I32, I32, F64, F64, F64],
      locals: [I32, I32, I32, I32, I32, I32, I32, F64, V128, ...SUMS.map(() => V128)],
      result: I32,
    },
    body(),
  );
  return instantiateKernel(compiled, memory) as NearRows;
}

let compiled: WebAssembly.Module | undefined;

// Parameters, then locals.
const [QUERY, ROW, COUNT, ROW_BYTES, TERM, FOUND, REACHES, SCALE, WEIGHT, FLOOR] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
] as const;
const [AT, INDEX, HITS, QUARTER, ROW_1, ROW_2, ROW_3, REACH, COLUMN] = [10, 11, 12, 13, 14, 15, 16, 17, 18] as const;
const ROWS = [ROW, ROW_1, ROW_2, ROW_3] as const;
const SUMS = [19, 20, 21, 22] as const;

const I32X4_ADD = [0xfd, 0xae, 0x01];
const I32X4_DOT_I16X8 = [0xfd, 0xba, 0x01];
const v128Load = (offset: number): number[] => [0xfd, 0x00, 0x04, offset];
/** Eight int8, widened to int16. */
const load8x8 = (offset: number): number[] => [0xfd, 0x01, 0x03, offset];
const lane = (index: number): number[] => [0xfd, 0x1b, index];
const I32_MUL = [0x6c];
const I32_SHL = [0x74];
const I32_STORE = [0x36, 0x02, 0x00];
const F32_LOAD_AS_F64 = (offset: number): number[] => [0x2a, 0x02, offset, 0xbb];
const F64_FROM_I32 = [0xb7];
const F64_ADD = [0xa0];
const F64_MUL = [0xa2];
const F64_NOT_LESS = [0x66];
const F64_STORE = [0x39, 0x03, 0x00];

/** `base + local · 2^bits` */
const element = (base: number, local: number, bits: number): number[] => [
  ...get(base),
  ...get(local),
  ...i32Const(bits),
  ...I32_SHL,
  ...I32_ADD,
];
/** `index + number · quarter` */
const rowNumber = (number: number): number[] => [
  ...get(INDEX),
  ...get(QUARTER),
  ...i32Const(number),
  ...I32_MUL,
  ...I32_ADD,
];

function body(): number[] {
  const columns = [0, 1, 2, 3].flatMap((part) => [
    ...[...element(QUERY, AT, 1), ...v128Load(16 * part), ...set(COLUMN)],
    ...LANES.flatMap((number) => [
      ...get(SUMS[number]),
      ...[...get(COLUMN), ...get(ROWS[number]), ...get(AT), ...I32_ADD, ...load8x8(8 * part)],
      ...I32X4_DOT_I16X8,
      ...I32X4_ADD,
      ...set(SUMS[number]),
    ]),
  ]);
  const decide = LANES.flatMap((number) => {
    const product = [0, 1, 2, 3].flatMap((i) => [...get(SUMS[number]), ...lane(i), ...(i > 0 ? I32_ADD : [])]);
    const term = [...get(TERM), ...get(QUARTER), ...i32Const(number * TERM_BYTES), ...I32_MUL, ...I32_ADD];
    return [
      ...[...product, ...F64_FROM_I32, ...term, ...F32_LOAD_AS_F64(0), ...F64_MUL, ...get(SCALE), ...F64_MUL],
      ...[...term, ...F32_LOAD_AS_F64(4), ...get(WEIGHT), ...F64_MUL, ...F64_ADD, ...set(REACH)],
      // Written always and counted if it is one: no branch to be guessed wrong.
      ...[...element(FOUND, HITS, 2), ...rowNumber(number), ...I32_STORE],
      ...[...element(REACHES, HITS, 3), ...get(REACH), ...F64_STORE],
      ...increase(HITS, [...get(REACH), ...get(FLOOR), ...F64_NOT_LESS]),
    ];
  });
  const quarterBytes = [...get(QUARTER), ...get(ROW_BYTES), ...I32_MUL];
  return [
    ...[...get(COUNT), ...set(QUARTER)],
    ...LANES.slice(1).flatMap((number) => [
      ...[...get(ROWS[number - 1]!), ...quarterBytes, ...I32_ADD, ...set(ROWS[number])],
    ]),
    ...repeat(COUNT, [
      ...SUMS.flatMap((sum) => [...V128_ZERO, ...set(sum)]),
      ...forEach(AT, ROW_BYTES, 32, columns),
      ...decide,
      ...increase(INDEX, i32Const(1)),
      ...increase(TERM, i32Const(TERM_BYTES)),
      ...ROWS.flatMap((row) => increase(row, get(ROW_BYTES))),
    ]),
    ...get(HITS),
  ];
}
