// The door to gates: requests are decided before they travel.
export { createGate } from "./gate.js";
export { readGateHeader, verifyGateHeader } from "./mark.js";
export { organizations } from "./pool.js";
