// Decisions that were made elsewhere, without the module: for what a server renders, for pages whose policy allows no
// wasm. It looks up and decides nothing.

/** The effect that goes with a letter: allow, unknown, or deny for all others. */
const EFFECTS = { A: "allow", U: "unknown" };

/** The character that stands for the first of the answers. */
export const FIRST = 48;

export class Snapshot {
  #blob;

  constructor(blob) {
    this.#blob = blob;
  }

  get principal() {
    return this.#blob.principal;
  }

  get issuedAt() {
    return new Date(this.#blob.issuedAt);
  }

  /** Whether it is older than it should be. */
  get stale() {
    const { issuedAt, maxAgeSeconds } = this.#blob;
    return maxAgeSeconds !== undefined && Date.now() >= issuedAt + maxAgeSeconds * 1000;
  }

  can(scope, entity) {
    return this.decide(scope, entity).effect === "allow";
  }

  decide(scope, entity) {
    const decision = this.#decided(scope, entity);
    return this.stale ? { ...decision, stale: true } : decision;
  }

  filter(entities, scope) {
    return Array.from(entities).filter((item) => this.can(scope, item?.entity ?? item));
  }

  #decided(scope, entity) {
    const { validUntil, scopes, rows, answers } = this.#blob;
    if (validUntil !== undefined && Date.now() >= validUntil) return { effect: "deny", reason: "token_expired" };
    const row = own(rows, entity);
    const position = own(scopes, String(entity).split(":", 1)[0])?.indexOf(scope) ?? -1;
    const answer = row !== undefined && position >= 0 ? answers[row.charCodeAt(position) - FIRST] : undefined;
    if (answer === undefined) return { effect: "unknown", reason: "not_covered" };
    const [letter, reason, ...needs] = answer;
    const effect = EFFECTS[letter] ?? "deny";
    return needs.length > 0 ? { effect, reason, needs } : { effect, reason };
  }
}

/** Opens what `snapshot` of a principal made: the text, or the value that it stands for. */
export function openSnapshot(blob) {
  const read = typeof blob === "string" ? JSON.parse(blob) : blob;
  if (read?.scopewise !== 1) throw new TypeError("this is no snapshot that can be read here: make it again");
  return Object.freeze(new Snapshot(read));
}

const own = (record, key) => (Object.hasOwn(record, key) ? record[key] : undefined);
