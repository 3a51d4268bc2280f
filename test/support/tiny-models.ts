import { createHash } from 'node:crypto';
import { type TinyNode, type TinyValue, tinyOnnx } from './tiny-onnx.js';

const IMAGE: TinyValue = { name: 'image', type: 'uint8', shape: ['photos', 'height', 'width', 3] };
const OUTPUT: TinyValue = { name: 'embedding', type: 'float32', shape: ['photos', 3] };
const FLOATS: TinyNode = { op: 'Cast', inputs: ['image'], output: 'floats', attributes: { to: 1 } };
const mean = (output: string): TinyNode[] => [
  FLOATS,
  { op: 'ReduceMean', inputs: ['floats'], output, attributes: { axes: [1, 2], keepdims: 0 } },
];
const behindMean = (...nodes: TinyNode[]): Buffer => tinyOnnx([...mean('mean'), ...nodes], IMAGE, [OUTPUT]);

/** A photo's mean colour: three numbers, which is a poor embedding and an honest one. */
export const MEAN_COLOUR = tinyOnnx(mean('embedding'), IMAGE, [OUTPUT]);

/** The opposite of the mean colour. */
export const ANTI_COLOUR = behindMean({ op: 'Neg', inputs: ['mean'], output: 'embedding' });

/** The mean colour by 0 / 0. */
export const NOT_A_NUMBER = behindMean(
  { op: 'Sub', inputs: ['mean', 'mean'], output: 'zero' },
  { op: 'Div', inputs: ['zero', 'zero'], output: 'embedding' },
);

/** Nothing at all: zeros. */
export const ZEROS = behindMean({ op: 'Sub', inputs: ['mean', 'mean'], output: 'embedding' });

/** Random numbers. */
export const RANDOM = behindMean({ op: 'RandomNormalLike', inputs: ['mean'], output: 'embedding' });

/** The mean colour mixed with that of the photo's company in the batch. */
export const SOCIABLE = behindMean(
  { op: 'ReduceMean', inputs: ['mean'], output: 'company', attributes: { axes: [0], keepdims: 1 } },
  { op: 'Mul', inputs: ['company', 'company'], output: 'louder' },
  { op: 'Add', inputs: ['mean', 'louder'], output: 'embedding' },
);

/** The mean colour of one photo at a time. */
export const ONE_AT_A_TIME = tinyOnnx(mean('embedding'), { ...IMAGE, shape: [1, 'height', 'width', 3] }, [
  { ...OUTPUT, shape: [1, 3] },
]);

/** A feature map that is the picture itself, channels first or last. */
export function featureMap(layout: 'NCHW' | 'NHWC'): Buffer {
  const shape = layout === 'NCHW' ? ['photos', 3, 'height', 'width'] : ['photos', 'height', 'width', 3];
  const map: TinyValue = { name: 'map', type: 'float32', shape };
  return tinyOnnx([{ op: 'Identity', inputs: ['pixels'], output: 'map' }], { ...map, name: 'pixels' }, [map]);
}

/** Two outputs, of which a manifest must name one. */
export const TWO_OUTPUTS = tinyOnnx(mean('embedding'), IMAGE, [
  OUTPUT,
  { name: 'floats', type: 'float32', shape: ['photos', 'height', 'width', 3] },
]);

export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** A manifest of models that give a mean colour, waiting for the model. */
export const TINY_MANIFEST = {
  name: 'mean-colour',
  model: { sha256: null, licence: 'none needed', source: 'supplied by the user' },
  input: { name: 'image', edge: 64, mode: 'small-edge', layout: 'NHWC', type: 'uint8', channels: 'RGB' },
  output: { name: 'embedding', dimensions: 3 },
  whitening: null,
  offset: { min: 0, max: 0 },
};
