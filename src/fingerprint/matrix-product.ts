import {
  compileKernel,
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
} from '../platform/wasm-module.js';

/** Rows of a kernel's matrix have a multiple of so many numbers, and it has a multiple of so many rows; the rest is zeros. */
export const COLUMN_STEP = 4;
export const ROW_STEP = 2;

/**
 * Writes the products of a matrix of float32, row after row, with a vector of float64, as float32. Computed in float64, four
 * sums a row: bit for bit what the same sums are in JavaScript, at a quarter of its time.
 * @param vector as the other two, a byte address
 * @param pairs of rows
 * @param columns bytes of the vector
 */
export type MatrixProduct = (vector: number, rows: number, pairs: number, columns: number, products: number) => void;

/** Puts the kernel on a memory. */
export function matrixProductOn(memory: WebAssembly.Memory): MatrixProduct {
  compiled ??= compileKernel(
    { parameters: [I32, I32, I32, I32, I32], locals: [I32, I32, I32, ...SUMS.flat().map(() => V128), V128, V128] },
    body(),
  );
  return instantiateKernel(compiled, memory) as MatrixProduct;
}

let compiled: WebAssembly.Module | undefined;

// Parameters, then locals.
const [VECTOR, ROW, PAIRS, COLUMNS, PRODUCT, AT, NUMBER, NEXT_ROW] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
/** Of either row: the first and second of four sums, then the third and fourth. */
const SUMS = [
  [8, 9],
  [10, 11],
] as const;
/** Of the vector, where the sums are now. */
const FACTORS = [12, 13] as const;

const F64X2_ADD = [0xfd, 0xf0, 0x01];
const F64X2_MUL = [0xfd, 0xf2, 0x01];
const F64_ADD = [0xa0];
const F32_DEMOTE = [0xb6];
const f32Store = (offset: number): number[] => [0x38, 0x02, offset];
const v128Load = (offset: number): number[] => [0xfd, 0x00, 0x03, offset];
/** Two numbers of float32, as two of float64. */
const loadPair = (offset: number): number[] => [0xfd, 0x5d, 0x02, offset, 0xfd, 0x5f];
const lane = (index: number): number[] => [0xfd, 0x21, index];

function body(): number[] {
  const rows = [ROW, NEXT_ROW] as const;
  const columns = [
    ...FACTORS.flatMap((factor, half) => [
      ...[...get(VECTOR), ...get(AT), ...I32_ADD, ...v128Load(16 * half)],
      ...set(factor),
    ]),
    ...rows.flatMap((row, i) =>
      FACTORS.flatMap((factor, half) => [
        ...get(SUMS[i]![half]!),
        ...[...get(row), ...get(NUMBER), ...I32_ADD, ...loadPair(8 * half)],
        ...[...get(factor), ...F64X2_MUL, ...F64X2_ADD],
        ...set(SUMS[i]![half]!),
      ]),
    ),
    ...increase(NUMBER, i32Const(16)),
  ];
  const both = (sum: number): number[] => [...get(sum), ...lane(0), ...get(sum), ...lane(1), ...F64_ADD];
  return repeat(PAIRS, [
    ...SUMS.flat().flatMap((sum) => [...V128_ZERO, ...set(sum)]),
    ...[...i32Const(0), ...set(NUMBER)],
    // A row has half the vector's bytes.
    ...[...get(ROW), ...get(COLUMNS), ...i32Const(1), 0x76, ...I32_ADD, ...set(NEXT_ROW)],
    ...forEach(AT, COLUMNS, 32, columns),
    ...SUMS.flatMap(([first, last], i) => [
      ...[...get(PRODUCT), ...both(first), ...both(last), ...F64_ADD, ...F32_DEMOTE],
      ...f32Store(4 * i),
    ]),
    ...increase(PRODUCT, i32Const(8)),
    ...increase(ROW, get(COLUMNS)),
  ]);
}
