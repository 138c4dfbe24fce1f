// What the programs of both benchmarks of gates begin with: a gate by the table of the API before the rules of
// `tests/matrix/apps/gate`, and one that signs.
export const GATES = `
import { Organization } from "scopewise";
import { createGate } from "scopewise/edge";
import { pulumiCloud } from "scopewise/pulumi-cloud";
import { Routes } from "scopewise/routes";
import { document } from "./rules.mjs";

const options = {
  organization: Organization.parse(document),
  routes: Routes.parse(pulumiCloud),
  authenticate: (request) => request.headers.get("x-test-user"),
  onUnknown: "deny",
  confidence: { forward: "inferred" },
};
const plain = createGate(options);
const signing = createGate({ ...options, sign: { key: { secret: new Uint8Array(32) }, id: "k" } });
`;
