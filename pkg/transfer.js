// The door to the API's own formats: a part that is joined after that of questions.
import text from "./wasm/transfer.text.js";
import { Organization } from "./questions.js";
import { transferring } from "./transferring.js";
import { bytesOf } from "./runtime.js";

export const { exportRole, importOrganization, ready } = transferring(Organization, bytesOf(text));
export { ScopewiseError } from "./crossing.js";
