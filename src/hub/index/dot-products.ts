/** WebAssembly with 128-bit SIMD, written out by hand: it is one loop, and needs no compiler in the build. */

/** A page of WebAssembly memory. */
export const PAGE_BYTES = 64 * 1024;
/** 4 GiB, all that 32-bit addresses reach. */
export const MAX_PAGES = 65_536;
/** Rows begin at multiples of this; a row is padded with zeros to a multiple of it. */
export const ROW_ALIGNMENT_BYTES = 64;

/**
 * Writes the dot products of one query with `count` rows as float32. All but `count` are byte addresses and lengths.
 * @param rowBytes a multiple of {@link ROW_ALIGNMENT_BYTES}
 */
export type DotProducts = (query: number, rows: number, count: number, rowBytes: number, products: number) => void;

/** Compiles the kernel on a memory. */
export function dotProductsOn(memory: WebAssembly.Memory): DotProducts {
  compiled ??= new WebAssembly.Module(moduleBytes());
  const { exports } = new WebAssembly.Instance(compiled, { m: { m: memory } });
  return exports.f as DotProducts;
}

let compiled: WebAssembly.Module | undefined;

const I32 = 0x7f;
const V128 = 0x7b;
const VOID = 0x40;
// Parameters, then locals.
const [QUERY, ROW, COUNT, ROW_BYTES, PRODUCT, AT] = [0, 1, 2, 3, 4, 5];
const SUMS = [6, 7, 8, 9];

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const i32Const = (low: number, ...high: number[]): number[] => [0x41, low, ...high];
const SIXTY_FOUR = i32Const(0xc0, 0x00);
const I32_ADD = [0x6a];
const I32_SUB = [0x6b];
const F32X4_ADD = [0xfd, 0xe4, 0x01];
const F32X4_MUL = [0xfd, 0xe6, 0x01];
const v128Load = (offset: number): number[] => [0xfd, 0x00, 0x04, offset];
const V128_ZERO = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];
const lane = (index: number): number[] => [0xfd, 0x1f, index];
const F32_ADD = [0x92];
const F32_STORE = [0x38, 0x02, 0x00];
const increase = (local: number, by: number[]): number[] => [...get(local), ...by, ...I32_ADD, ...set(local)];

/** Four sums side by side, so that additions need not wait for each other. */
function loopBody(): number[] {
  const columns = SUMS.flatMap((sum, i) => [
    ...get(sum),
    ...[...get(QUERY!), ...get(AT!), ...I32_ADD, ...v128Load(16 * i)],
    ...[...get(ROW!), ...get(AT!), ...I32_ADD, ...v128Load(16 * i)],
    ...F32X4_MUL,
    ...F32X4_ADD,
    ...set(sum),
  ]);
  const [a, b, c, d] = SUMS.map(get);
  const total = [...a!, ...b!, ...F32X4_ADD, ...c!, ...d!, ...F32X4_ADD, ...F32X4_ADD, ...set(SUMS[0]!)];
  const lanes = [0, 1, 2, 3].flatMap((index) => [...a!, ...lane(index), ...(index > 0 ? F32_ADD : [])]);
  return [
    ...[0x02, VOID, 0x03, VOID], // block, loop over rows
    ...[...get(COUNT!), 0x45, 0x0d, 0x01], // leave when no row is left
    ...SUMS.flatMap((sum) => [...V128_ZERO, ...set(sum)]),
    ...[...i32Const(0), ...set(AT!)],
    ...[0x03, VOID], // loop over columns, sixteen at a time
    ...columns,
    ...increase(AT!, SIXTY_FOUR),
    ...[...get(AT!), ...get(ROW_BYTES!), 0x49, 0x0d, 0x00, 0x0b], // again while at < rowBytes
    ...total,
    ...[...get(PRODUCT!), ...lanes, ...F32_STORE],
    ...increase(PRODUCT!, i32Const(4)),
    ...increase(ROW!, get(ROW_BYTES!)),
    ...[...get(COUNT!), ...i32Const(1), ...I32_SUB, ...set(COUNT!)],
    ...[0x0c, 0x00, 0x0b, 0x0b], // next row
  ];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const name = [1, 0x6d]; // "m"
  const code = [2, 1, I32, SUMS.length, V128, ...loopBody(), 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]),
    ...section(2, [1, ...name, ...name, 0x02, 0x01, 0x01, ...unsigned(MAX_PAGES)]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0x00, 0]), // "f"
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
