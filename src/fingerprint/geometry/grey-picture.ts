import { greyOf } from '../hashes/grey.js';

/** Grey values of an upright photo, one byte a pixel, rows without gaps. */
export interface GreyPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A photo at the size in which its points are looked for, and the size that it has itself. */
export interface ViewedPhoto extends GreyPicture {
  readonly photoWidth: number;
  readonly photoHeight: number;
}

/** @param photo three bytes a pixel */
export function toGreyPhoto({ data, width, height, photoWidth, photoHeight }: ViewedPhoto): ViewedPhoto {
  return { data: greyOf(data), width, height, photoWidth, photoHeight };
}

/** Left and right exchanged. */
export function mirrored({ data, width, height }: GreyPicture): GreyPicture {
  const turned = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) {
    for (let x = 0; x < width; x++) turned[row * width + x] = data[row * width + width - 1 - x]!;
  }
  return { data: turned, width, height };
}
