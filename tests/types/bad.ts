// Lines that must not type-check. Where one of them is fine, its comment is the error.
import { Organization, ScopewiseError } from "scopewise";
import type { Context, Decision, Effect, Problem, Reason, Request, TagTest, Trigger } from "scopewise";
import type { ScopeOf } from "scopewise";
import { diff as compared, lint as linted, replay as held } from "scopewise/review";
import { importOrganization } from "scopewise/transfer";
import { openBundle } from "scopewise/bundle";
import { bundleSource } from "scopewise/bundle-source";
import { catalog, revisions } from "scopewise/catalog";
import { init } from "scopewise/slim";
import { createStore } from "scopewise/store";
import { allowing } from "scopewise/testing";
import type { AllowMatchers } from "scopewise/testing";
import type { Role, Vocabulary } from "./acme.js";

declare const acme: Organization;
declare const own: Organization<Vocabulary>;
const bob = acme.principal("user:bob");
const entity = "stack:acme/web/prod";

// @ts-expect-error an organization is parsed
new Organization();
// @ts-expect-error a document is no number
Organization.parse(5);
// @ts-expect-error a document is something
Organization.parse();
// @ts-expect-error a document is not yet there
Organization.parse(undefined);
// @ts-expect-error a new document is a new organization
acme.name = "other";
// @ts-expect-error a principal is a text
acme.principal(5);
// @ts-expect-error a principal is not asked like that
bob.may("stack:read", entity);

// @ts-expect-error on what
bob.can("stack:read");
// @ts-expect-error an entity is a text
bob.can("stack:read", { entity });
// @ts-expect-error a list is asked by filter
bob.can("stack:read", [entity]);
// @ts-expect-error the answer is a boolean
const word: string = bob.can("stack:read", entity);
// @ts-expect-error the answer has no such effect
bob.decide("stack:read", entity).effect === "allowed";
// @ts-expect-error a decision is no boolean
const sure: boolean = bob.decide("stack:read", entity);
// @ts-expect-error needs may be absent
bob.decide("stack:read", entity).needs.length;
// @ts-expect-error remedies come later
bob.explain("stack:read", entity).remedies;
// @ts-expect-error a place may be more than a text
bob.explain("stack:read", entity).grants[0]?.on.toUpperCase();
// @ts-expect-error a test has one of its operators
((test: TagTest) => test.equals);

// @ts-expect-error a stack is not opened
bob.can("environment:open", "stack:acme/web/prod");
// @ts-expect-error nor a template of one
bob.decide("environment:open", `stack:acme/web/${entity}`);
// @ts-expect-error a word is misspelled
bob.can("stack:raed", entity);
// @ts-expect-error misspelled whatever the entity is
bob.can("stack:raed", String(entity));
// @ts-expect-error no such type
bob.explain("stack:read", "planet:acme/web/prod");
// @ts-expect-error one of them is misspelled
bob.matrix([entity], ["stack:read", "stack:raed"]);
// @ts-expect-error misspelled
bob.filter([entity], "stack:raed");
// @ts-expect-error a set of environments
const ofStacks: ScopeOf<"stack"> = "environment:open";
// @ts-expect-error the organization has no such user
own.principal("user:zoe");
// @ts-expect-error the organization is another
own.principal("user:bob").can("stack:read", "stack:other/web/prod");
// @ts-expect-error its entities have three parts
own.principal("user:bob").can("stack:read", "stack:acme/web");
// @ts-expect-error it has no such role
const role: Role = "boss";
// @ts-expect-error the whole organization is not projected by every module
bob.project();
// @ts-expect-error a bundle is bytes
Organization.open("bundle");
// @ts-expect-error the module comes from somewhere
init();

// @ts-expect-error a tag is a text
bob.can("stack:read", entity, { tags: { env: 1 } });
// @ts-expect-error tags are no list
bob.can("stack:read", entity, { tags: ["env"] });
// @ts-expect-error a time is a date or a text
bob.can("stack:read", entity, { at: 1_800_000_000 });
// @ts-expect-error no such field
bob.can("stack:read", entity, { colour: "red" });
// @ts-expect-error a context is no text
bob.can("stack:read", entity, "git-push");
// @ts-expect-error no such start
const magic: Trigger = { kind: "magic" };
// @ts-expect-error a start by hand is somebody's
const rest: Trigger = { kind: "rest" };
// @ts-expect-error that somebody is a user
const byBob: Trigger = { kind: "console", by: "bob" };
// @ts-expect-error a push is nobody's
const push: Trigger = { kind: "git-push", by: "user:bob" };

// @ts-expect-error first the entities
bob.filter("stack:read", [entity]);
// @ts-expect-error one scope
bob.filter([entity], ["stack:read"]);
// @ts-expect-error an item has an entity
bob.filter([{ name: entity }], "stack:read");
// @ts-expect-error a list of texts comes back
const items: { entity: string }[] = bob.filter([entity], "stack:read");
// @ts-expect-error many scopes
bob.matrix([entity], [5]);
// @ts-expect-error effects are bytes
const list: string[] = bob.matrix([entity], ["stack:read"]).effects;
// @ts-expect-error effects are there to be read
bob.matrix([entity], ["stack:read"]).effects = new Uint8Array();
// @ts-expect-error a cell has two places
bob.matrix([entity], ["stack:read"]).at(0);
// @ts-expect-error scopes are one entity's
bob.scopes([entity]);

// @ts-expect-error a request has an entity
const request: Request = { principal: "user:bob", scope: "stack:read" };
// @ts-expect-error a deployment has a trigger
acme.preflight({ stack: "web/prod" });
// @ts-expect-error requests are many
acme.decideAll({ principal: "user:bob", scope: "stack:read", entity });
// @ts-expect-error an answer may be an error
acme.decideAll([])[0]?.effect;
// @ts-expect-error an error holds problems
const problems: string[] = new ScopewiseError().problems;

// @ts-expect-error no such effect
const effect: Effect = "maybe";
// @ts-expect-error no such reason
const reason: Reason = "because";
// @ts-expect-error a decision has its reason
const decision: Decision = { effect: "deny" };
// @ts-expect-error a problem has its path
const problem: Problem = { code: "empty", message: "" };
// @ts-expect-error a context is no list
const context: Context = [];

// @ts-expect-error a store is over a principal
createStore("user:bob");
// @ts-expect-error a code is misspelled
createStore(bob, { messages: { not_grantd: "Non." } });
// @ts-expect-error a store is replaced as a whole
createStore(bob).getSnapshot().principal = bob;
// @ts-expect-error a stack is not opened
createStore(bob).getSnapshot().can("environment:open", entity);
// @ts-expect-error a set of environments
allowing({ "stack:acme/web/prod": ["environment:open"] });
// @ts-expect-error no such type
allowing({ "planet:acme/web/prod": ["stack:read"] });
declare const expected: AllowMatchers;
// @ts-expect-error misspelled
expected.toAllow("stack:raed", entity);

// @ts-expect-error by whose keys
openBundle(new Uint8Array(), { organization: "acme" });
// @ts-expect-error it has to be waited for
openBundle(new Uint8Array(), { publicKeys: [] }).organization;

// @ts-expect-error of which organization
const source = bundleSource({ url: "https://origin.example/", publicKeys: [] });
declare const state: import("scopewise/bundle-source").SourceState;
// @ts-expect-error there may be none
state.organization.principal("user:bob");

// @ts-expect-error a revision is named by a text
catalog(2026);
// @ts-expect-error the revisions are what they are
revisions.push("2027-01");
// @ts-expect-error the package has its doors
import * as inside from "scopewise/wasm/scopewise.js";

// @ts-expect-error two documents are compared
compared("{}");
// @ts-expect-error options are known by name
compared("{}", "{}", { guard: "stack:delete" });
// @ts-expect-error a time is a date or a text
linted("{}", { at: 5 });
// @ts-expect-error a record has a status
held("{}", [{ principal: "user:bob", method: "GET", path: "/api/user" }], "{}");
// @ts-expect-error a table of routes is a text, bytes or an object
held("{}", [], 5);
// @ts-expect-error answers are by their paths
importOrganization(5);

export const all = [
  source,
  word, sure, magic, rest, byBob, push, items, list, request, problems, effect, reason, decision, problem, context, inside,
];
