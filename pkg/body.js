// The bytes of an answer. What sends it is not trusted yet: no more is read than will do, whatever it says of itself.
import { BundleError } from "./bundle.js";
import { joined } from "./bytes.js";

/** Room that is taken before anything has come, in bytes: the least, and the most, for a length may be a lie. */
const [LEAST, MOST] = [32_768, 4_000_000];

/** The bytes of an answer, of which no more are read than will do. */
export async function bodyOf({ headers, body }, most) {
  const announced = Number(headers.get("content-length"));
  if (announced > most) throw new BundleError("too_large");
  const [reader, isFilling] = readerOf(body);
  const parts = [];
  let [room, filled, length] = [new Uint8Array(Math.min(announced || LEAST, MOST)), 0, 0];
  for (;;) {
    const { done, value } = await reader.read(room.subarray(filled));
    // What was lent is gone, and comes back under what was read.
    if (isFilling && value) room = new Uint8Array(value.buffer);
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new BundleError("too_large");
    }
    if (!isFilling) parts.push(value);
    else if ((filled += value.length) === room.length) {
      // Most often nothing more comes.
      parts.push(room);
      [room, filled] = [new Uint8Array(parts.length > 1 ? length : LEAST), 0];
    }
  }
  if (filled > 0) parts.push(room.subarray(0, filled));
  // A buffer that was lent is nobody else's; what somebody brought may change, so that it is copied.
  return isFilling && parts.length === 1 ? parts[0] : joined(parts);
}

/**
 * One that fills the buffer that it is lent, which takes far fewer pieces than one that brings its own; that one where the
 * platform knows no other.
 */
function readerOf(body) {
  try {
    return [body.getReader({ mode: "byob" }), true];
  } catch {
    return [body.getReader(), false];
  }
}
