// The pen: writes a remedy into the text of a document and leaves the rest as it was typed.

import { placeOf } from "./places.js";

/** In which lists of a document somebody may be, and by which field. */
const RECORDS = {
  user: [["members", "user"], ["collaborators", "user"]],
  team: [["teams", "name"]],
  token: [["tokens", "name"]],
  "service-principal": [["servicePrincipals", "name"]],
};

/** What each kind of remedy writes: a field of somebody's record, or of the settings, that is then something else or gets
 *  something more. */
const CHANGES = {
  assign_role: ({ to, role }) => ({ of: to, ...(hasOne(to) ? { field: "role", is: role } : { field: "roles", gets: role }) }),
  join_team: ({ user, team }) => ({ of: team, field: "members", gets: { user: split(user).name } }),
  grant_set: ({ to, entity, permissionSet }) => ({ of: to, field: "grants", gets: { entity, permissionSet } }),
  turn_on: ({ setting }) => ({ field: setting, is: true }),
  raise_level: ({ setting, level }) => ({ field: setting, is: level }),
};

/** Is it the document that a remedy changes, and not the question? */
export function isWritten({ kind }) {
  return Object.hasOwn(CHANGES, kind);
}

/** The text of a document after a remedy that was found for it. */
export function withRemedy(text, remedy) {
  const { of, field, is, gets } = CHANGES[remedy.kind](remedy);
  const document = JSON.parse(text);
  const steps = of ? recordOf(document, of) : ["settings"];
  const record = steps.reduce((value, step) => value[step], document);
  if (record === undefined) return put(text, document, [], "settings", { [field]: is });
  if (gets === undefined) return put(text, record, steps, field, is);
  return record[field] === undefined ? put(text, record, steps, field, [gets]) : insert(text, [...steps, field], json(gets));
}

/** Has it one role, or any number of them? */
function hasOne(principal) {
  return ["user", "token"].includes(split(principal).kind);
}

function split(principal) {
  const at = principal.indexOf(":");
  return { kind: principal.slice(0, at), name: principal.slice(at + 1) };
}

/** The steps to somebody's record. */
function recordOf(document, principal) {
  const { kind, name } = split(principal);
  const indexIn = ([list, field]) => document[list]?.findIndex((record) => record[field] === name) ?? -1;
  return RECORDS[kind].map((place) => [place[0], indexIn(place)]).find(([, index]) => index >= 0);
}

/** Gives a field of an object a value, in the place of another or as its last. */
function put(text, record, steps, field, value) {
  const member = `${JSON.stringify(field)}: ${json(value)}`;
  if (!Object.hasOwn(record, field)) return insert(text, steps, member);
  const { from, to } = placeOf([...steps, field], text);
  return text.slice(0, from) + member + text.slice(to);
}

/** Puts something last into a list or an object. */
function insert(text, steps, item) {
  const closing = placeOf(steps, text).to - 1;
  const before = text.slice(0, closing).trimEnd();
  const separator = /[[{]$/.test(before) ? " " : ", ";
  return before + separator + item + text.slice(before.length);
}

/** On one line, with room to breathe. */
function json(value) {
  return JSON.stringify(value, null, 1).replace(/\n */g, " ");
}
