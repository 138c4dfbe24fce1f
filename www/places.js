// The surveyor: where in the text of a document something stands, such as what the path `roles[3].rules[0].on` names.

/** A step of a path: an index, a quoted key, or a key that is a word. */
const STEP = /\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|(\w+)/g;

/** A quotation mark, another mark, or whatever stands between those and spaces. */
const TOKEN = /["{}[\],:]|[^\s{}[\],:"]+/g;

/** From where to where something stands, its key included: `{ from, to }`. What is not there, as a field that is missing,
 *  has the place of the innermost thing around it: so the path of the root, `document`, needs no case of its own. */
export function placeOf(steps, text) {
  const walk = new Walk(steps);
  for (const { token, at } of tokensOf(text)) {
    if (walk.isDoneBy(token, at)) break;
  }
  return { from: walk.found.from, to: walk.found.to ?? text.length };
}

/** The steps of a path, from the root on: keys, and indices as numbers. */
export function stepsOf(path) {
  return Array.from(path.matchAll(STEP), ([, index, key, word]) => word ?? (key ? JSON.parse(key) : Number(index)));
}

/** The tokens of JSON. A text in quotes is no expression's matter: one of megabytes is too long for that. */
function* tokensOf(text) {
  const next = new RegExp(TOKEN);
  for (let match = next.exec(text); match !== null; match = next.exec(text)) {
    if (match[0] === '"') next.lastIndex = closing(text, match.index) + 1;
    yield { token: text.slice(match.index, next.lastIndex), at: match.index };
  }
}

/** Where the quotation mark stands that closes one, or where the text ends without it. */
function closing(text, opening) {
  let at = text.indexOf('"', opening + 1);
  while (at >= 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at < 0 ? text.length : at;
}

function isEscaped(text, at) {
  let before = at;
  while (text[before - 1] === "\\") before -= 1;
  return (at - before) % 2 === 1;
}

/** The way down along the steps, token by token. It keeps what is open in a list, so that no depth is too much for it, and
 *  it believes no text: there may be a fault in it by now. */
class Walk {
  /** The innermost value on the way so far, how many steps lead to it, and its end once that is reached. */
  found = { depth: -1, from: 0 };
  /** Every list and object around, each with the step to the member that is read. */
  #open = [];
  #steps;

  constructor(steps) {
    this.#steps = steps;
  }

  /** Takes a token; is the value over that the way leads to, or ends at? */
  isDoneBy(token, at) {
    const around = this.#open.at(-1);
    if (token === "}" || token === "]") return this.#leave(at + 1);
    if (token === ",") turn(around);
    else if (token !== ":") return this.#read(token, at, around);
    return false;
  }

  #read(token, at, around) {
    if (around?.isBeforeKey) return name(around, token, at);
    this.#begin(at, around);
    if (token !== "{" && token !== "[") return this.#end(at + token.length);
    this.#open.push(token === "{" ? { isBeforeKey: true } : { step: 0 });
    return false;
  }

  /** A value is on the way if what is around it is, and the next step leads to it. */
  #begin(at, around) {
    const depth = this.#open.length;
    const isNext = this.found.depth === depth - 1 && around?.step === this.#steps[depth - 1];
    if (isNext) this.found = { depth, from: around?.from ?? at };
  }

  #leave(end) {
    this.#open.pop();
    return this.#end(end);
  }

  #end(end) {
    if (this.found.depth !== this.#open.length) return false;
    this.found.to = end;
    return true;
  }
}

/** A member is over, and another comes. */
function turn(around) {
  if (typeof around?.step === "number") around.step += 1;
  else if (around) around.isBeforeKey = true;
}

/** A member of an object begins with its key. */
function name(around, token, at) {
  Object.assign(around, { step: keyIn(token), from: at, isBeforeKey: false });
  return false;
}

function keyIn(token) {
  try {
    return JSON.parse(token);
  } catch {
    return null;
  }
}
