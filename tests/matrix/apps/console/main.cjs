// A program for Node that requires the package.
const { Organization, ScopewiseError } = require("scopewise");
const admin = require("scopewise/admin");
const catalog = require("scopewise/catalog");
const snapshot = require("scopewise/snapshot");

import("../questions.mjs").then(({ ask }) => {
  console.log(JSON.stringify(ask({ Organization, ScopewiseError, admin, catalog, snapshot })));
});
