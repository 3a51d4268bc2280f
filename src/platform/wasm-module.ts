/** WebAssembly with 128-bit SIMD, put together by hand: each kernel is one loop, and needs no compiler in the build. */

/** A page of WebAssembly memory. */
export const PAGE_BYTES = 64 * 1024;
/** 4 GiB, all that 32-bit addresses reach. */
const MAX_PAGES = 65_536;

export const I32 = 0x7f;
export const F64 = 0x7c;
export const V128 = 0x7b;

/** Types of the parameters, which are the first locals, of the further locals, and of the result if there is one. */
interface KernelType {
  readonly parameters: readonly number[];
  readonly locals: readonly number[];
  readonly result?: number;
}

/** Compiles a function on a memory that is given to each instance. */
export function compileKernel({ parameters, locals, result }: KernelType, body: readonly number[]): WebAssembly.Module {
  const results = result === undefined ? [] : [result];
  const code = [...vector(locals.map((type) => [1, type])), ...body, 0x0b];
  const name = [1, 0x6d]; // "m"
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(1, [1, 0x60, parameters.length, ...parameters, results.length, ...results]),
      ...section(2, [1, ...name, ...name, 0x02, 0x01, 0x01, ...unsigned(MAX_PAGES)]),
      ...section(3, [1, 0]),
      ...section(7, [1, 1, 0x66, 0x00, 0]), // "f"
      ...section(10, [1, ...unsigned(code.length), ...code]),
    ]),
  );
}

export function instantiateKernel(module: WebAssembly.Module, memory: WebAssembly.Memory): unknown {
  return new WebAssembly.Instance(module, { m: { m: memory } }).exports.f;
}

/** A memory that has `bytes` and may grow to `maxBytes`: in its place, without a copy, as that much address space is kept for it. */
export function createMemory(bytes: number, maxBytes: number): WebAssembly.Memory {
  const pages = (length: number): number => Math.ceil(length / PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages(bytes), maximum: pages(maxBytes) });
}

const VOID = 0x40;
export const get = (local: number): number[] => [0x20, local];
export const set = (local: number): number[] => [0x21, local];
/** @param value 0…2^31−1 */
export const i32Const = (value: number): number[] => [0x41, ...signed(value)];
export const I32_ADD = [0x6a];
export const increase = (local: number, by: readonly number[]): number[] => [
  ...get(local),
  ...by,
  ...I32_ADD,
  ...set(local),
];
export const V128_ZERO = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];

/** Runs the body as often as the local `count` says, counting it down. */
export function repeat(count: number, body: readonly number[]): number[] {
  return [
    ...[0x02, VOID, 0x03, VOID], // block, loop
    ...[...get(count), 0x45, 0x0d, 0x01], // leave when nothing is left
    ...body,
    ...[...get(count), ...i32Const(1), 0x6b, ...set(count)],
    ...[0x0c, 0x00, 0x0b, 0x0b], // again
  ];
}

/** Runs the body for `at` = 0, step, 2·step… below the local `end`, once at least. */
export function forEach(at: number, end: number, step: number, body: readonly number[]): number[] {
  return [
    ...[...i32Const(0), ...set(at)],
    ...[0x03, VOID], // loop
    ...body,
    ...increase(at, i32Const(step)),
    ...[...get(at), ...get(end), 0x49, 0x0d, 0x00, 0x0b], // again while at < end
  ];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

/** LEB128 of a number that is not negative: its last byte keeps the sign bit clear. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x40; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
