import sharp from 'sharp';
import { toClaimprintError } from '../../protocol/errors.js';
import { type DecodeOptions, decodePhoto } from '../decode.js';
import { type DecodeRequest, encodeHead, encodePicture, RequestReader } from './frame.js';

// The program that decodes: photos come in on standard input, pixels go out on standard output, and nothing else is at
// hand, neither secrets nor arguments worth having. It may be killed at any time.

// libvips tries every loader it has on bytes; those of other formats are doors that nobody needs.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Tiff', 'Nsgif', 'Heif'].map((format) => `VipsForeignLoad${format}`),
});

const options = JSON.parse(process.argv[2]!) as DecodeOptions;
const reader = new RequestReader();

// The node has ended, in whatever way. A decode under way would hold up an orderly exit.
const end = () => process.kill(process.pid, 'SIGKILL');
process.stdin.on('end', end).on('error', end);
process.stdout.on('error', end);
// Ctrl-C reaches the whole process group; the node says when it is time.
process.on('SIGINT', () => undefined);

process.stdin.on('data', (chunk: Buffer) => {
  const request = reader.read(chunk);
  if (request) void answer(request);
});
process.stdout.write(encodeHead({ ready: true }));

async function answer({ photo, parts }: DecodeRequest): Promise<void> {
  try {
    const decoded = await decodePhoto(photo, { ...options, ...parts });
    for (const bytes of encodePicture(decoded)) process.stdout.write(bytes);
  } catch (error) {
    const { code, message } = toClaimprintError(error);
    process.stdout.write(encodeHead({ code, message }));
  }
}
