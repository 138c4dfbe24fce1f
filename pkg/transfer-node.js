// The door to the API's own formats in Node: reads the part beside this file.
import { readFileSync } from "node:fs";
import { Organization } from "./questions-node.js";
import { transferring } from "./transferring.js";

export const { exportRole, importOrganization, ready } = transferring(Organization, readFileSync(new URL("./wasm/transfer_bg.wasm", import.meta.url)));
export { ScopewiseError } from "./crossing.js";
