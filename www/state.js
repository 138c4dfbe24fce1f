// The memory: what the page shows, and the same as an address that can be shared.

/** The documents that come with the page; `ask` is the question each opens with. */
export const SAMPLES = [
  { name: "acme", label: "Acme, 12 people", ask: ["user:eli", "stack:acme/web/staging", "stack:delete"] },
  { name: "globex", label: "Globex, older revision", ask: ["user:ned", "stack:globex/shop/prod", "stack:delete"] },
  { name: "tiny", label: "Tiny, two people", ask: ["user:bob", "stack:tiny/site/dev", "stack:write"] },
  { name: "hosting", label: "A catalog of its own", ask: ["user:eli", "repository:acme/engine", "code:push"] },
];

/** A fresh memory. `text` is the sample's `original` or an edited one, `organization` the engine's, `document` the JSON
 *  that it was made of (always the last good pair), `people` and `entities` what that names. `extra` are the entities
 *  that only the visitor named, `tags` what the visitor said about entities, `shown` the entities on the page, `tried` the
 *  remedy that was last written into a document: its `sentence`, and the text `before` it and with it. */
export function emptyState() {
  return {
    sample: null,
    original: "",
    text: "",
    document: null,
    organization: null,
    catalog: null,
    people: [],
    entities: [],
    shown: [],
    principal: null,
    entity: null,
    scope: null,
    extra: [],
    tags: new Map(),
    tried: null,
  };
}

/** What the address asks for; whatever is missing is `null`. */
export function readAddress(hash = location.hash) {
  const fields = new URLSearchParams(hash.slice(1));
  return {
    sample: SAMPLES.find((sample) => sample.name === fields.get("sample")) ?? null,
    revision: fields.get("revision"),
    principal: fields.get("principal"),
    entity: fields.get("entity"),
    scope: fields.get("scope"),
    tags: readTags(fields.get("tags")),
  };
}

/** The address of a state, without its `#`. An edited document cannot be in it: its sample stands in its place. */
export function addressOf(state) {
  const fields = [
    ["sample", state.sample?.name],
    ["revision", state.document?.revision],
    ["principal", state.principal],
    ["entity", state.entity],
    ["scope", state.scope],
    ["tags", state.tags.has(state.entity) && JSON.stringify(state.tags.get(state.entity))],
  ];
  return fields
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}=${readable(value)}`)
    .join("&");
}

/** Tags out of an address, which anybody may have written: an object of texts, or nothing. */
function readTags(text) {
  try {
    const tags = Object.entries(JSON.parse(text));
    return tags.every(([, value]) => typeof value === "string") ? Object.fromEntries(tags) : null;
  } catch {
    return null;
  }
}

/** Encoded, but with the colons and slashes of names left as they are. */
function readable(value) {
  return encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2F", "/");
}
