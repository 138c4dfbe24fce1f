// A page with Bob's part of the rules, and with a button that is enabled as long as he may use it.
import { bundleSource, storeOf } from "scopewise/bundle-source";
import { told } from "./told.mjs";

const [button, output] = ["button", "output"].map((name) => document.querySelector(name));
const source = bundleSource({
  url: "/permissions",
  organization: "acme",
  principal: "user:bob",
  publicKeys: [PUBLIC_KEY],
  stopAge: STOP_AGE,
});
const store = storeOf(source);

store.subscribe(({ control }) => {
  const { disabled, reason } = control("stack:delete", "stack:acme/web/prod");
  Object.assign(button, { disabled, title: reason ?? "" });
});
button.addEventListener("click", async () => {
  const { status } = await fetch("/api/stacks/acme/web/prod", { method: "DELETE" });
  output.textContent = status;
});

// What a test looks at.
source.subscribe((state) => (globalThis.told = told(state)));
globalThis.decide = (scope, entity) => store.getSnapshot().decide(scope, entity);
