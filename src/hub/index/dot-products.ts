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
} from '../../platform/wasm-module.js';

/** Rows of float32 are padded with zeros to a multiple of this. */
export const FLOAT_ROW_ALIGNMENT_BYTES = 64;

/**
 * Writes the dot products of one query with `count` rows as float32, computed in float32: sixteen sums side by side,
 * added up at the end. All but `count` are byte addresses and lengths.
 * @param rowBytes a multiple of {@link FLOAT_ROW_ALIGNMENT_BYTES}
 */
export type DotProducts = (query: number, rows: number, count: number, rowBytes: number, products: number) => void;

/** Puts the kernel on a memory. */
export function dotProductsOn(memory: WebAssembly.Memory): DotProducts {
  compiled ??= compileKernel({ parameters: [I32, I32, I32, I32, I32], locals: [I32, ...SUMS.map(() => V128)] }, body());
  return instantiateKernel(compiled, memory) as DotProducts;
}

let compiled: WebAssembly.Module | undefined;

// Parameters, then locals.
const [QUERY, ROW, COUNT, ROW_BYTES, PRODUCT, AT] = [0, 1, 2, 3, 4, 5] as const;
const SUMS = [6, 7, 8, 9] as const;

const F32X4_ADD = [0xfd, 0xe4, 0x01];
const F32X4_MUL = [0xfd, 0xe6, 0x01];
const F32_ADD = [0x92];
const F32_STORE = [0x38, 0x02, 0x00];
const v128Load = (offset: number): number[] => [0xfd, 0x00, 0x04, offset];
const lane = (index: number): number[] => [0xfd, 0x1f, index];

/** Four vectors of sums, so that additions need not wait for each other. */
function body(): number[] {
  const columns = SUMS.flatMap((sum, i) => [
    ...get(sum),
    ...[...get(QUERY), ...get(AT), ...I32_ADD, ...v128Load(16 * i)],
    ...[...get(ROW), ...get(AT), ...I32_ADD, ...v128Load(16 * i)],
    ...F32X4_MUL,
    ...F32X4_ADD,
    ...set(sum),
  ]);
  const [a, b, c, d] = SUMS.map(get);
  const total = [...a!, ...b!, ...F32X4_ADD, ...c!, ...d!, ...F32X4_ADD, ...F32X4_ADD, ...set(SUMS[0])];
  const lanes = [0, 1, 2, 3].flatMap((index) => [...a!, ...lane(index), ...(index > 0 ? F32_ADD : [])]);
  return repeat(COUNT, [
    ...SUMS.flatMap((sum) => [...V128_ZERO, ...set(sum)]),
    ...forEach(AT, ROW_BYTES, 64, columns),
    ...total,
    ...[...get(PRODUCT), ...lanes, ...F32_STORE],
    ...increase(PRODUCT, i32Const(4)),
    ...increase(ROW, get(ROW_BYTES)),
  ]);
}
