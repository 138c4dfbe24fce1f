// Watches for instances of modules, before any is made: their memories can be measured then.
const memories = [];

WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...from) {
    super(...from);
    memories.push(this.exports.memory);
  }
};

/** How many instances there are, and the bytes of all their memories. */
export function instances() {
  const bytes = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  return { count: memories.length, bytes };
}
