// A typed program that requires the package.
import scopewise = require("scopewise");
import admin = require("scopewise/admin");
import catalog = require("scopewise/catalog");
import review = require("scopewise/review");
import snapshot = require("scopewise/snapshot");
import transfer = require("scopewise/transfer");

const scope: scopewise.ScopeOf<"stack"> = "stack:write";
const acme = scopewise.Organization.parse({ revision: "2026-10", organization: "acme" });
const effect: scopewise.Effect = acme.principal("user:bob").decide(scope, "stack:acme/web/prod").effect;
if (effect !== "deny") throw new scopewise.ScopewiseError("nobody may do anything there");

import("../questions.mjs").then(({ ask }) => {
  console.log(JSON.stringify(ask({ ...scopewise, admin, catalog, review, snapshot, transfer })));
});
