// The JSON Schema in editors: the very service of VS Code proposes the names of the revision in use and marks faults; and
// a strict validator of the platform takes the schema as it is.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";
import Ajv2020 from "ajv/dist/2020.js";
import service from "vscode-json-languageservice";

const schema = () => JSON.parse(read("../schema/document.json"));
const uri = "file:///acme.json";
const editor = service.getLanguageService({});
editor.configure({ validate: true, schemas: [{ uri: schema().$id, fileMatch: ["*"], schema: schema() }] });

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

test("a strict validator takes the schema, and by it every valid document of the cases", () => {
  const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, validateFormats: false }).compile(schema());
  let valid = 0;
  for (const file of readdirSync(new URL("cases", import.meta.url))) {
    for (const { document, problems, revisions = [] } of JSON.parse(read(`cases/${file}`)).cases) {
      if (document === undefined || problems) continue;
      for (const revision of revisions.length ? revisions : [document.revision]) {
        assert.ok(validate({ ...document, revision }), JSON.stringify([document, validate.errors]));
        valid += 1;
      }
    }
  }
  assert.ok(valid > 300, `${valid} documents`);
});

async function proposed(text) {
  const { items } = await editor.doComplete(...parsed(text, true));
  return items.map((item) => item.label.replaceAll(`"`, ""));
}

async function marked(text) {
  const document = service.TextDocument.create(uri, "json", 1, text);
  const faults = await editor.doValidation(document, editor.parseJSONDocument(document));
  return faults.map((fault) => document.getText(fault.range));
}

/** The document of a text, the place that `|` marks in it, and the document as the service reads it. */
function parsed(text) {
  const document = service.TextDocument.create(uri, "json", 1, text.replace("|", ""));
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
