// Documents out of answers of the API, and roles as it takes them: the part that has it, over the engine of "scopewise".
import { bytesOf, given, running } from "./asking.js";
import { calling, text } from "./crossing.js";
import { runtimeOf } from "./organization.js";
import { Part } from "./parts.js";

/** Everything of `scopewise/transfer`, by the bytes or the module of its part. */
export function transferring(Organization, source) {
  const part = new Part(Organization[runtimeOf], source);
  return {
    ready: part.ready,
    exportRole: (document, role, { catalog } = {}) =>
      calling(() => running(part).transfer_export_role(bytesOf(document), text(role), given(catalog))),
    importOrganization(answers, { revision, organization } = {}) {
      const made = calling(() => running(part).transfer_import_organization(bytesOf(answers), revision, organization));
      return { ...made, document: JSON.parse(made.document) };
    },
  };
}
