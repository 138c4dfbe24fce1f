// The JSON Schema in editors: the very service of VS Code proposes the names of the revision in use and marks faults; and
// a strict validator of the platform takes the schema as it is.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";
import Ajv2020 from "ajv/dist/2020.js";
import service from "vscode-json-languageservice";

const schema = (name = "document") => JSON.parse(read(`../schema/${name}.json`));
const uri = "file:///acme.json";
const ofCatalog = "file:///acme.catalog.json";
const editor = service.getLanguageService({
  schemaRequestService: async (address) => readFileSync(new URL(address), "utf8"),
  workspaceContext: { resolveRelativePath: (path, from) => new URL(path, from).href },
});
editor.configure({
  validate: true,
  schemas: [
    { uri: schema().$id, fileMatch: ["acme.json"], schema: schema() },
    { uri: schema("catalog").$id, fileMatch: ["acme.catalog.json"], schema: schema("catalog") },
  ],
});

describe("an editor proposes", () => {
  const proposals = [
    ["the revisions", "", `{ "revision": | }`, ["2026-04", "2026-10"], []],
    ["fields", "2026-10", `"|"`, ["members", "servicePrincipals", "$schema"], ["revision", "user"]],
    ["fields of that revision", "2026-04", `"|"`, ["members"], ["servicePrincipals"]],
    ["settings", "2026-10", `"settings": { "|" }`, ["membersCanDeleteStacks", "permissionMode"], ["members"]],
    ["settings of that revision", "2026-04", `"settings": { "|" }`, ["membersCanDeleteStacks"], ["permissionMode"]],
    ["modes", "2026-10", `"settings": { "permissionMode": | }`, ["permissive", "restricted"], []],
    ["scopes of the set's type", "2026-10", set("stack"), ["stack:delete"], ["environment:open", "team:create"]],
    ["scopes of another type", "2026-10", set("environment"), ["environment:open"], ["stack:delete"]],
    ["scopes that are gone since", "2025-11", set("stack"), ["stack_annotations:read"], []],
    ["no scopes that are gone", "2026-10", set("stack"), ["stack:delete"], ["stack_annotations:read"]],
    ["default sets", "2026-10", role(`"rules": [{ "permissionSet": | }]`), ["stack-write"], ["org-settings-standard"]],
    ["sets for the organization", "2026-10", role(`"organizationAccess": [|]`), ["org-settings-standard"], ["stack-write"]],
    ["built-in roles", "2026-10", `"members": [{ "user": "ann", "role": | }]`, ["admin", "billing-manager"], ["policy"]],
    ["levels of a stack", "2026-10", grant("stack:acme/web/dev"), ["read", "write", "admin"], ["open", "none"]],
    ["levels of an environment", "2026-10", grant("environment:acme/web/dev"), ["open"], ["none"]],
    ["nodes of a tree", "2026-10", role(`"details": { "__type": | }`), ["PermissionDescriptorAllow"], ["PermissionExpressionAnd"]],
    [
      "fields of a node",
      "2026-10",
      role(`"details": { "__type": "PermissionDescriptorAllow", "|" }`),
      ["permissions", "constraints"],
      ["entries"],
    ],
  ];
  for (const [what, revision, inside, there, absent] of proposals) {
    test(`${what}${revision && `, ${revision}`}`, async () => {
      const labels = await proposed(revision ? `{ "revision": "${revision}", "organization": "acme", ${inside} }` : inside);
      for (const label of there) assert.ok(labels.includes(label), `${label} is not among ${labels}`);
      for (const label of absent) assert.ok(!labels.includes(label), `${label} is among ${labels}`);
    });
  }
});

test("an editor tells what a field and a scope are for", async () => {
  const text = `{ "revision": "2026-10", "organization": "acme", "tokens": [{ "name": "ci", "expi|resAt": null }] }`;
  const hover = await editor.doHover(...parsed(text));
  assert.match(JSON.stringify(hover.contents), /From when on it is refused/);
});

test("an editor marks a fault at its place, and nothing in the example", async () => {
  assert.deepEqual(await marked(read("../examples/acme.json")), []);
  const faulty = `{ "revision": "2026-10", "organization": "acme", "members": [{ "user": "ann", "rol": "admin" }] }`;
  assert.deepEqual(await marked(faulty), [`"rol"`]);
  assert.deepEqual(await marked(`{ "revision": "2026-10", "organization": "acme", ${set("stack").replace("|", `"stack:fly"`)} }`), [
    `"stack:fly"`,
  ]);
});

test("an editor proposes what a catalog is made of, and marks what is no name", async () => {
  const fields = await proposed(`{ "|" }`, ofCatalog);
  for (const field of ["$schema", "entityTypes", "creator"]) assert.ok(fields.includes(field), `${fields}`);
  assert.deepEqual(await proposed(`{ "settings": [{ "kind": | }] }`, ofCatalog), ["grant", "condition"]);
  const faulty = `{ "name": "shop", "roles": [], "defaultRole": "clerk", "entityTypes": [{ "name": "a shop", "path": "organization" }] }`;
  assert.deepEqual(await marked(faulty, ofCatalog), [`"a shop"`]);
});

test("a document with a catalog of its own has the fields of such, and any names", async () => {
  const fields = await proposed(`{ "catalog": "shop", "organization": "lindenhof", "|" }`);
  assert.ok(fields.includes("servicePrincipals") && !fields.includes("edition"), `${fields}`);
  assert.deepEqual(await marked(`{ "catalog": "shop", "organization": "lindenhof", "edition": "team" }`), [`"edition"`]);
});

test("an editor finds the schema that a file names", async () => {
  for (const path of ["repository-hosting/catalog", "repository-hosting/organization", "shop/catalog", "shop/organization"]) {
    const file = new URL(`../examples/catalogs/${path}.json`, import.meta.url);
    const text = readFileSync(file, "utf8");
    assert.deepEqual(await marked(text, file.href), [], path);
    const faults = await marked(text.replace(`"roles"`, `"rolls"`), file.href);
    assert.ok(faults.includes(`"rolls"`), `${path}: ${faults}`);
  }
});

test("a strict validator takes the schema, and by it every valid document of the cases", () => {
  const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, validateFormats: false }).compile(schema());
  let valid = 0;
  for (const file of readdirSync(new URL("cases", import.meta.url))) {
    for (const { document, problems, revisions = [] } of JSON.parse(read(`cases/${file}`)).cases) {
      if (document === undefined || problems) continue;
      for (const decided of revisions.length ? revisions.map((revision) => ({ ...document, revision })) : [document]) {
        assert.ok(validate(decided), JSON.stringify([decided, validate.errors]));
        valid += 1;
      }
    }
  }
  assert.ok(valid > 300, `${valid} documents`);
});

async function proposed(text, at = uri) {
  const { items } = await editor.doComplete(...parsed(text, at));
  return items.map((item) => item.label.replaceAll(`"`, ""));
}

async function marked(text, at = uri) {
  const document = service.TextDocument.create(at, "json", 1, text);
  const faults = await editor.doValidation(document, editor.parseJSONDocument(document));
  return faults.map((fault) => document.getText(fault.range));
}

/** The document of a text, the place that `|` marks in it, and the document as the service reads it. */
function parsed(text, at = uri) {
  const document = service.TextDocument.create(at, "json", 1, text.replace("|", ""));
  return [document, document.positionAt(text.indexOf("|")), editor.parseJSONDocument(document)];
}

function set(type) {
  return `"permissionSets": [{ "id": "s", "name": "S", "entityType": "${type}", "scopes": [|] }]`;
}

function role(inside) {
  return `"roles": [{ "id": "r", "name": "R", ${inside} }]`;
}

function grant(entity) {
  return `"members": [{ "user": "ann", "grants": [{ "entity": "${entity}", "level": | }] }]`;
}

function read(path) {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}
