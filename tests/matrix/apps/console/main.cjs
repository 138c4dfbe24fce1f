// A program for Node that requires the package.
const { Organization, ScopewiseError } = require("scopewise");
const admin = require("scopewise/admin");
const catalog = require("scopewise/catalog");
const review = require("scopewise/review");
const snapshot = require("scopewise/snapshot");
const transfer = require("scopewise/transfer");

import("../questions.mjs").then(({ ask }) => {
  console.log(JSON.stringify(ask({ Organization, ScopewiseError, admin, catalog, review, snapshot, transfer })));
});
