// The door to the API's own formats in Vercel's edge runtime, which compiles what is imported with this mark.
import module from "./wasm/transfer_bg.wasm?module";
import { Organization } from "./questions-edge-light.js";
import { transferring } from "./transferring.js";

export const { exportRole, importOrganization, ready } = transferring(Organization, module);
export { ScopewiseError } from "./crossing.js";
