// Opens a bundle by its key: the package finds the door that its app has, whoever resolves the names.
import { Organization } from "scopewise";
import { openBundle } from "scopewise/bundle";
import { bundle, publicKey } from "./given.mjs";

const bytes = Uint8Array.from(atob(bundle), (letter) => letter.charCodeAt(0));
const { organization } = await openBundle(bytes, { publicKeys: [publicKey], organization: "acme" });
const refused = await openBundle(bytes.fill(7, 100, 101), { publicKeys: [publicKey] }).catch((error) => error.code);
const may = organization.principal("user:bob").can("stack:write", "stack:acme/web/dev");
const answers = JSON.stringify({ may, isOurs: organization instanceof Organization, refused });

if (typeof document === "undefined") console.log(answers);
else document.querySelector("#answers").textContent = answers;
