// Writes the bundle by which `pkg/rehearsal.js` rehearses: a small organization that has something of all that most have.
// node xtask/rehearsal.mjs PACKAGE FILE
import { createPrivateKey, createPublicKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The first test key of RFC 8032, in PKCS#8: everybody knows it, so that it vouches for nothing. */
const KEY = "302e020100300506032b657004220420" + "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

const scopes = (...names) => names.map((name) => ({ name }));

const catalog = {
  name: "c",
  entityTypes: [
    { name: "o", path: "organization", scopes: scopes("a:a") },
    { name: "e", path: "organization/e", scopes: scopes("a:a", "a:b", "a:c") },
  ],
  permissionSets: [
    { id: "s", entityType: "e", scopes: ["a:a"] },
    { id: "t", entityType: "e", includes: ["s"], scopes: ["a:b"] },
  ],
  roles: [{ id: "o", everything: true }, { id: "m", scopes: ["a:a"] }],
  defaultRole: "m",
  settings: [
    { name: "x", entityType: "e", scope: "a:a" },
    { name: "y", kind: "condition", entityType: "e", scope: "a:c" },
  ],
  levels: [{ entityType: "e", setting: "z", levels: { l: "s" } }],
  creator: { permissionSets: ["t"] },
};

const tagged = (test) => ({ tags: [{ key: "k", ...test }] });
const team = (name) => ({ name, roles: ["r"], members: [{ user: "u" }], grants: [{ entity: "e:o/a", level: "l" }] });

const document = {
  catalog,
  organization: "o",
  settings: { x: true, z: "l" },
  roles: [
    {
      id: "r",
      name: "r",
      rules: [
        { permissionSet: "t", on: tagged({ equals: "v" }) },
        { permissionSet: "s", on: tagged({ exists: true }) },
        { permissionSet: "s", on: "all" },
      ],
    },
  ],
  teams: [team("t"), team("v")],
  members: [{ user: "u" }, { user: "a", role: "o" }],
  entities: [{ entity: "e:o/a", creator: "user:u", tags: { k: "w" } }, { entity: "e:o/b" }],
};

const [folder, file] = process.argv.slice(2);
const door = (name) => import(pathToFileURL(resolve(folder, name)).href);
const [{ Organization }, { signBundle }] = await Promise.all(["admin-node.js", "bundle.js"].map(door));

const key = createPrivateKey({ key: Buffer.from(KEY, "hex"), format: "der", type: "pkcs8" });
const unsigned = Organization.parse(document).toBundle({ version: 1, issuedAt: 0, maxAgeSeconds: 1 });
const bundle = await signBundle(unsigned, key.export({ format: "pem", type: "pkcs8" }));
const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
const exported = {
  bundle: Buffer.from(bundle).toString("base64"),
  publicKey: publicKey.toString("base64"),
  organization: document.organization,
  principal: "user:u",
  questions: [["a:a", "e:o/a"], ["a:b", "e:o/b"]],
};
const lines = Object.entries(exported).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`);
writeFileSync(file, ["// Written by `cargo xtask build`.\n", ...lines].join(""));
