// What a gate is told when it is made: all of it is looked at before the first request comes.

import { report } from "./platform.js";
import { tell as toSomebody } from "./sequel.js";

/** The surest comes first. */
export const CONFIDENCE = ["documented", "inferred", "guessed"];
export const TOLD = ["nothing", "needs", "explanation"];
const UNKNOWN = ["deny", "forward", "resolve"];

/** The options with what they leave open. Throws for those that do not go together. */
export function checked(options) {
  const { routes, authenticate, organization, onUnknown, resolveTags, confidence, tell = "needs" } = options;
  demand(typeof routes?.find === "function", "`routes` is a table, made by `Routes.parse`");
  demand(
    typeof authenticate === "function",
    "`authenticate` is a function that gives the name of the principal, or null",
  );
  demand(
    typeof organization === "function" || typeof (organization?.principal ?? organization?.get) === "function",
    "`organization` is an organization, a source of one, or a function that gives either",
  );
  demand(UNKNOWN.includes(onUnknown), `\`onUnknown\` is one of \`${UNKNOWN.join("`, `")}\`, and has no default`);
  demand(
    (onUnknown === "resolve") === (typeof resolveTags === "function"),
    '`resolveTags` is a function beside `onUnknown: "resolve"`, and nothing otherwise',
  );
  demand([undefined, "deny", "forward"].includes(options.onSpecial), "`onSpecial` is `deny` or `forward`");
  demand(
    typeof tell === "function" || TOLD.includes(tell),
    `\`tell\` is one of \`${TOLD.join("`, `")}\`, or a function that gives one`,
  );
  for (const name of ["onMismatch", "onDecision", "onExchange", "onError", "requestId"]) {
    demand(["undefined", "function"].includes(typeof options[name]), `\`${name}\` is a function`);
  }
  const sure = { forward: "documented", refuse: "guessed", ...confidence };
  for (const use of ["forward", "refuse"]) {
    demand(CONFIDENCE.includes(sure[use]), `\`confidence.${use}\` is one of \`${CONFIDENCE.join("`, `")}\``);
  }
  const { onSpecial = onUnknown === "forward" ? "forward" : "deny", challenge = "Bearer", onError: given } = options;
  const onError = (error) => (given === undefined ? report(error) : toSomebody(() => given(error), report));
  return { ...options, onSpecial, challenge, onError, tell, confidence: sure };
}

function demand(holds, message) {
  if (!holds) throw new TypeError(message);
}
