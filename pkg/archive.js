// HTTP archives (HAR 1.2): what is looked at of one. Bodies, and headers but the one that names a principal, cross to no module.
import { ScopewiseError } from "./crossing.js";

/** Whether a log is an archive, or begins as the text of one: its first member is `log`. */
export function isArchive(log) {
  if (typeof log === "string") return /^\s*\{\s*"log"/.test(log);
  return typeof log === "object" && log !== null && !(Symbol.iterator in log);
}

/** The entries of an archive, each a line of JSON with what is looked at; and what it does not say itself, as JSON. */
export function archiveOf(archive, said) {
  for (const [name, value] of Object.entries(said)) optional(value, name);
  const { log } = object(typeof archive === "string" ? parsed(archive) : archive, NONE);
  const entries = list(object(log, `${NONE}: log`).entries, `${NONE}: log.entries`);
  const exchanges = Array.from(entries, (entry, at) => exchange(entry, `${NONE}: log.entries[${at}]`, said.principalHeader));
  return [exchanges.map((it) => JSON.stringify(it)).join("\n"), JSON.stringify(said)];
}

const NONE = "the log is no HTTP archive";

function parsed(archive) {
  try {
    return JSON.parse(archive.replace(/^\ufeff/, ""));
  } catch (error) {
    throw new ScopewiseError(`${NONE}: ${error.message}`);
  }
}

function exchange(entry, at, principalHeader) {
  const { startedDateTime, request, response } = object(entry, at);
  const { method, url, headers = [] } = object(request, `${at}.request`);
  return {
    started: optional(startedDateTime ?? undefined, `${at}.startedDateTime`),
    method: text(method, `${at}.request.method`),
    url: text(url, `${at}.request.url`),
    status: integer(object(response, `${at}.response`).status, `${at}.response.status`),
    principal: named(headers, `${at}.request.headers`, principalHeader),
  };
}

/** The value of the first header of that name, in any case. All of them have to be headers. */
function named(headers, at, principalHeader) {
  const pairs = Array.from(list(headers, at), (header, number) => {
    const { name, value } = object(header, `${at}[${number}]`);
    return [small(text(name, `${at}[${number}].name`)), text(value, `${at}[${number}].value`)];
  });
  const wanted = principalHeader === undefined ? undefined : small(principalHeader);
  return pairs.find(([name]) => name === wanted)?.[1];
}

/** In lower case what is ASCII: no other letter is the same header. */
const small = (name) => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

const object = wanting("an object", (value) => kindOf(value) === "an object");
const list = wanting("a list", Array.isArray);
const integer = wanting("a whole number", Number.isInteger);
const whole = wanting("a text", (value) => typeof value === "string");

function text(value, at) {
  if (!/\p{Surrogate}/u.test(whole(value, at))) return value;
  throw new ScopewiseError(`${at}: the text has half of a surrogate pair: write the whole character`);
}

const optional = (value, at) => (value === undefined ? undefined : text(value, at));

/** Hands over what is of that kind. Throws for anything else, and says where it is. */
function wanting(kind, is) {
  return (value, at) => {
    if (is(value)) return value;
    throw new ScopewiseError(`${at}: ${kind} is wanted here, not ${kindOf(value)}`);
  };
}

function kindOf(value) {
  if (value === null || typeof value === "number") return String(value);
  if (Array.isArray(value)) return "a list";
  return { object: "an object", string: "a text", boolean: "true or false", undefined: "nothing" }[typeof value] ?? typeof value;
}
