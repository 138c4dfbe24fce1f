// A typed program that requires the package.
import scopewise = require("scopewise");
import admin = require("scopewise/admin");
import catalog = require("scopewise/catalog");
import snapshot = require("scopewise/snapshot");

const scope: scopewise.ScopeOf<"stack"> = "stack:write";
const acme = scopewise.Organization.parse({ revision: "2026-10", organization: "acme" });
const effect: scopewise.Effect = acme.principal("user:bob").decide(scope, "stack:acme/web/prod").effect;
if (effect !== "deny") throw new scopewise.ScopewiseError("nobody may do anything there");

import("../questions.mjs").then(({ ask }) => {
  console.log(JSON.stringify(ask({ ...scopewise, admin, catalog, snapshot })));
});
