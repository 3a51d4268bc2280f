import type { RegionMaps } from '../protocol/evidence.js';
import { EVIDENCE_REGIONS } from '../protocol/part-kinds.js';
import { bytesField, numberField } from './protobuf.js';

/** What the extended graph takes besides the photos, each `[places of the map, regions]`. */
export const COVER_INPUTS = { content: 'claimprint_content_cover', texture: 'claimprint_texture_cover' } as const;
/** What it gives besides the photos' vectors: `[b, regions, d]` and `[b, regions, channels]`, not of length 1. */
export const REGION_OUTPUTS = { content: 'claimprint_content', texture: 'claimprint_texture' } as const;

const FLOAT = 1;
const INT64 = 7;
const INTEGERS_ATTRIBUTE = 7;
const INTEGER_ATTRIBUTE = 2;

/**
 * Adds the pooling of regions to a model's graph. Nothing of the model changes: parsers of protocol buffers merge two
 * messages that stand one behind the other, so what is added stands behind the file's bytes.
 */
export function withRegions(model: Uint8Array, { content, texture }: RegionMaps): Buffer {
  const graph = [
    ...pooled('content', content),
    node('Cast', [content.weight], 'claimprint_weight', integer('to', FLOAT)),
    node('Transpose', ['claimprint_weight'], 'claimprint_columns', integers('perm', [1, 0])),
    node('MatMul', ['claimprint_content_pooled', 'claimprint_columns'], 'claimprint_products'),
    node('Cast', [content.bias], 'claimprint_bias', integer('to', FLOAT)),
    node('Add', ['claimprint_products', 'claimprint_bias'], REGION_OUTPUTS.content),
    ...pooled('texture', texture),
    node('Identity', ['claimprint_texture_pooled'], REGION_OUTPUTS.texture),
    initializer('claimprint_shape', INT64, [3], shape()),
    ...Object.values(COVER_INPUTS).map((name) => bytesField(11, value(name, ['', EVIDENCE_REGIONS.length]))),
    ...Object.values(REGION_OUTPUTS).map((name) => bytesField(12, value(name, ['', EVIDENCE_REGIONS.length, '']))),
  ];
  return Buffer.concat([model, bytesField(7, graph)]);
}

/** The generalised mean of a map's channels over each region: `[b, regions, channels]`. */
function pooled(map: 'content' | 'texture', { features, exponent }: RegionMaps['content' | 'texture']): Buffer[] {
  const own = (name: string) => `claimprint_${map}_${name}`;
  return [
    initializer(own('exponent'), FLOAT, [], float(exponent)),
    initializer(own('root'), FLOAT, [], float(1 / exponent)),
    node('Cast', [features], own('map'), integer('to', FLOAT)),
    node('Pow', [own('map'), own('exponent')], own('powers')),
    node('Reshape', [own('powers'), 'claimprint_shape'], own('places')),
    node('MatMul', [own('places'), COVER_INPUTS[map]], own('means')),
    node('Pow', [own('means'), own('root')], own('roots')),
    node('Transpose', [own('roots')], own('pooled'), integers('perm', [0, 2, 1])),
  ];
}

function node(operator: string, inputs: readonly string[], output: string, ...attributes: Uint8Array[]): Buffer {
  return bytesField(1, [
    ...inputs.map((input) => bytesField(1, input)),
    bytesField(2, output),
    bytesField(3, `${output}_node`),
    bytesField(4, operator),
    ...attributes.map((attribute) => bytesField(5, attribute)),
  ]);
}

function integer(name: string, value: number): Buffer {
  return Buffer.concat([bytesField(1, name), numberField(3, value), numberField(20, INTEGER_ATTRIBUTE)]);
}

function integers(name: string, values: readonly number[]): Buffer {
  const list = values.map((each) => numberField(8, each));
  return Buffer.concat([bytesField(1, name), ...list, numberField(20, INTEGERS_ATTRIBUTE)]);
}

function initializer(name: string, type: number, dimensions: readonly number[], bytes: Uint8Array): Buffer {
  const sizes = dimensions.map((each) => numberField(1, each));
  return bytesField(5, [...sizes, numberField(2, type), bytesField(8, name), bytesField(9, bytes)]);
}

function float(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(number);
  return bytes;
}

/** Photos and channels as they are (0), and all places in one row (-1). */
function shape(): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeBigInt64LE(-1n, 16);
  return bytes;
}

/** @param dimensions a number, or the empty text for any */
function value(name: string, dimensions: readonly (number | '')[]): Buffer {
  const sizes = dimensions.map((each) => bytesField(1, each === '' ? Buffer.alloc(0) : numberField(1, each)));
  return Buffer.concat([
    bytesField(1, name),
    bytesField(2, bytesField(1, [numberField(1, FLOAT), bytesField(2, sizes)])),
  ]);
}
