import { parentPort } from 'node:worker_threads';
import { toGreyPhoto, type ViewedPhoto } from './grey-picture.js';
import { measureGeometry } from './measure-geometry.js';
import { loadOpenCv } from './opencv.js';

// The thread that compares photos by their points: OpenCV and its memory are here and nowhere else.

parentPort!.on('message', async ({ a, b }: { readonly a: ViewedPhoto; readonly b: ViewedPhoto }) => {
  parentPort!.postMessage(measureGeometry(await loadOpenCv(), toGreyPhoto(a), toGreyPhoto(b)));
});
