// A page whose policy allows no wasm: the engine denies and says why, a snapshot is read all the same.
import { Organization, ready } from "../node_modules/scopewise/index.js";
import { openSnapshot } from "../node_modules/scopewise/snapshot.js";

const [scope, entity] = ["stack:read", "stack:acme/web/prod"];
const snapshot = openSnapshot({
  scopewise: 1,
  principal: "user:ann",
  issuedAt: 0,
  scopes: { stack: [scope] },
  answers: [["A", "organization_admin"]],
  rows: { [entity]: "0" },
});
const started = await ready.then(
  () => "it runs",
  (error) => error.name,
);
const ann = Organization.parse({ revision: "2026-10", organization: "acme", members: [{ user: "ann", role: "admin" }] });
const reported = [];
addEventListener("error", (event) => {
  event.preventDefault();
  reported.push(event.error.name);
});
const decided = ann.principal("user:ann").decide(scope, entity);
document.querySelector("#answers").textContent = JSON.stringify([started, decided, reported, snapshot.decide(scope, entity)]);
