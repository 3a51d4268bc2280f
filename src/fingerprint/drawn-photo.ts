import type { ModelManifest } from '../protocol/manifest.js';
import type { Raster } from './hashes/resize-lanczos.js';
import { modelSize } from './model-size.js';

/** A picture with something in it, of a common shape and at the model's size, the same every time. */
export function drawnPhoto({ input: { edge, mode } }: Pick<ModelManifest, 'input'>): Raster {
  const { width, height } = modelSize({ width: 640, height: 480 }, edge, mode);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [(i / 3) % width, i / 3 / width];
    data[i] = 128 + 80 * Math.sin(x / (9 + (i % 3))) * Math.cos(y / 13) + 40 * Math.sin((x * y) / 997);
  }
  return { data, width, height };
}
