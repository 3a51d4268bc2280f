/** The little of protocol buffers' wire format (protobuf.dev, "Encoding") that a few more nodes of an ONNX graph take. */

const VARINT = 0;
const BYTES = 2;

/** A field that holds bytes, text or another message. */
export function bytesField(number: number, value: string | Uint8Array | readonly Uint8Array[]): Buffer {
  const content =
    typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : Buffer.concat(value);
  return Buffer.concat([varint(number * 8 + BYTES), varint(content.length), content]);
}

/** A field that holds a whole number from 0. */
export function numberField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8 + VARINT), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
