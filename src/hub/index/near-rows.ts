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
} from './wasm-module.js';

/** Rows of int8 are padded with zeros to a multiple of this. */
export const CODE_ROW_ALIGNMENT_BYTES = 32;
/** What stands beside each row: float32 step, float32 error. */
export const TERM_BYTES = 8;

/**
 * Finds the rows of int8 that may score at least `floor`: those whose reach, `scale · step · (query · row) + weight · error`,
 * does. The integers' product is exact, the rest float64.
 * @param query address of int16 numbers, as many as a row has; no sum of products may leave int32
 * @param rowBytes a multiple of {@link CODE_ROW_ALIGNMENT_BYTES}
 * @param terms address of the rows' steps and errors
 * @param found address where the rows' numbers, counted from 0, go as int32; room for `count`
 * @param reaches address where their reaches go as float64; room for `count`
 * @returns how many there are
 */
export type NearRows = (
  query: number,
  rows: number,
  count: number,
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
      locals: [I32, I32, I32, F64, ...SUMS.map(() => V128)],
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
const [AT, INDEX, HITS, REACH] = [10, 11, 12, 13] as const;
const SUMS = [14, 15, 16, 17] as const;

const I32X4_ADD = [0xfd, 0xae, 0x01];
const I32X4_DOT_I16X8 = [0xfd, 0xba, 0x01];
const v128Load = (offset: number): number[] => [0xfd, 0x00, 0x04, offset];
/** Eight int8, widened to int16. */
const load8x8 = (offset: number): number[] => [0xfd, 0x01, 0x03, offset];
const lane = (index: number): number[] => [0xfd, 0x1b, index];
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

function body(): number[] {
  const columns = SUMS.flatMap((sum, i) => [
    ...get(sum),
    ...[...element(QUERY, AT, 1), ...v128Load(16 * i)],
    ...[...get(ROW), ...get(AT), ...I32_ADD, ...load8x8(8 * i)],
    ...I32X4_DOT_I16X8,
    ...I32X4_ADD,
    ...set(sum),
  ]);
  const [a, b, c, d] = SUMS.map(get);
  const total = [...a!, ...b!, ...I32X4_ADD, ...c!, ...d!, ...I32X4_ADD, ...I32X4_ADD, ...set(SUMS[0])];
  const product = [0, 1, 2, 3].flatMap((index) => [...a!, ...lane(index), ...(index > 0 ? I32_ADD : [])]);
  return [
    ...repeat(COUNT, [
      ...SUMS.flatMap((sum) => [...V128_ZERO, ...set(sum)]),
      ...forEach(AT, ROW_BYTES, 32, columns),
      ...total,
      ...[...product, ...F64_FROM_I32, ...get(TERM), ...F32_LOAD_AS_F64(0), ...F64_MUL, ...get(SCALE), ...F64_MUL],
      ...[...get(TERM), ...F32_LOAD_AS_F64(4), ...get(WEIGHT), ...F64_MUL, ...F64_ADD, ...set(REACH)],
      // Written always and counted if it is one: no branch to be guessed wrong.
      ...[...element(FOUND, HITS, 2), ...get(INDEX), ...I32_STORE],
      ...[...element(REACHES, HITS, 3), ...get(REACH), ...F64_STORE],
      ...increase(HITS, [...get(REACH), ...get(FLOOR), ...F64_NOT_LESS]),
      ...increase(INDEX, i32Const(1)),
      ...increase(TERM, i32Const(TERM_BYTES)),
      ...increase(ROW, get(ROW_BYTES)),
    ]),
    ...get(HITS),
  ];
}
