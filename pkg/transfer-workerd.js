// The door to the API's own formats in workerd, which compiles a module before a worker starts and takes no bytes.
import module from "./wasm/transfer_bg.wasm";
import { Organization } from "./questions-workerd.js";
import { transferring } from "./transferring.js";

export const { exportRole, importOrganization, ready } = transferring(Organization, module);
export { ScopewiseError } from "./crossing.js";
