// The bytes of an answer. What sends it is not trusted yet: no more is read than will do, whatever it says of itself.
import { BundleError } from "./bundle.js";
import { joined } from "./bytes.js";

/** The most room that is taken before anything has come, in bytes: how long an answer is said to be may be a lie. */
const AHEAD = 4_000_000;

/** Room for what comes of an answer that does not say how long it is, or that is longer. */
const PIECE = 65_536;

/** All bytes of an answer, as a copy that nobody else has: in one buffer where it says how long it is. */
export async function bodyOf({ headers, body }, most) {
  const announced = Number(headers.get("content-length"));
  if (announced > most) throw new BundleError("too_large");
  const { reader, fills } = readerOf(body);
  const read = counting(reader, most);
  const start = await filled(read, fills && announced > 0 ? Math.min(announced, AHEAD) : 0);
  const rest = await pieces(read);
  return rest.length === 0 ? start : joined([start, ...rest]);
}

/**
 * One that fills the buffer that it is lent, which takes far fewer pieces than one that brings its own; that one where the
 * platform knows no other.
 */
function readerOf(body) {
  try {
    return { reader: body.getReader({ mode: "byob" }), fills: true };
  } catch {
    return { reader: body.getReader(), fills: false };
  }
}

/** Reads until it is too much. */
function counting(reader, most) {
  let length = 0;
  return async (room) => {
    const read = await reader.read(room);
    length += read.done ? 0 : read.value.length;
    if (length <= most) return read;
    await reader.cancel();
    throw new BundleError("too_large");
  };
}

/** Fills one buffer, as far as something comes. What is lent is gone, and comes back with what was read. */
async function filled(read, size) {
  let [bytes, length] = [new Uint8Array(size), 0];
  while (length < size) {
    const { done, value } = await read(bytes.subarray(length));
    bytes = new Uint8Array(value?.buffer ?? 0);
    if (done) break;
    length += value.length;
  }
  return bytes.subarray(0, length);
}

/** What comes, each piece as a copy: some platforms keep what was lent where nothing more comes. */
async function pieces(read) {
  const parts = [];
  let room = new Uint8Array(PIECE);
  for (;;) {
    const { done, value } = await read(room);
    if (done) return parts;
    parts.push(value.slice());
    room = new Uint8Array(value.buffer);
  }
}
