import type { RegionPhoto } from '../../src/evaluation/evidence/evidence-photos.js';
import { seededRandom } from '../../src/evaluation/random.js';
import { EVIDENCE_REGIONS } from '../../src/protocol/part-kinds.js';

const DIMENSIONS = 512;

/** A unit vector that follows from its name; of two names they are about orthogonal. */
function direction(name: string): Float32Array {
  const random = seededRandom(name);
  return unit(Float32Array.from({ length: DIMENSIONS }, () => random.next() + random.next() - 1));
}

/** A unit vector at about the given cosine to another. */
function near(vector: Float32Array, cosine: number, name: string): Float32Array {
  const other = direction(name);
  const sine = Math.sqrt(1 - cosine * cosine);
  return unit(vector.map((x, i) => cosine * x + sine * other[i]!));
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}

/** A photo of a scene as a model might see it: what is in it is alike in all of them, at other places, in the same textures. */
export function scenePhoto(scene: string, index: number): RegionPhoto {
  const name = `${scene}/${index}.png`;
  const whole = direction(scene);
  return {
    name,
    sha256: name,
    embedding: near(whole, 0.9, name),
    regions: regionsOf((region) => ({
      content: near(near(whole, 0.7, `${scene} ${region}`), 0.7, `${name} ${region}`),
      texture: near(direction(`texture ${scene} ${region}`), 0.9, `texture ${name} ${region}`),
    })),
  };
}

/** An edited copy: its regions are those of the original, in other textures. A stronger edit leaves less of both. */
export function copyOf({ name, embedding, regions }: RegionPhoto, edit: string, likeness: number): RegionPhoto {
  const copy = `${edit}/${name}`;
  return {
    name: copy,
    sha256: copy,
    embedding: near(embedding, likeness, copy),
    regions: regionsOf((region) => ({
      content: near(regions.content[region]!, likeness, `${copy} ${region}`),
      texture: near(regions.texture[region]!, 0.5, `texture ${copy} ${region}`),
    })),
  };
}

function regionsOf(
  vectorsOf: (region: number) => { content: Float32Array; texture: Float32Array },
): RegionPhoto['regions'] {
  const vectors = EVIDENCE_REGIONS.map((_, region) => vectorsOf(region));
  return { content: vectors.map(({ content }) => content), texture: vectors.map(({ texture }) => texture) };
}
