// The workbench: the only way this page makes elements. Whatever comes from a document enters as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; `null`, `undefined` and `false` among the children are left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children.flat().filter((child) => (child ?? false) !== false));
  return element;
}

/** Sets attributes: `true` as an empty one; `null`, `undefined` and `false` take it away. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
  }
}

/** One of the symbols at the top of index.html; decoration, so a screen reader passes it by. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  set(svg, { class: "icon", "aria-hidden": "true" });
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/** Changes the symbol of an icon in place, so that nothing around it moves. */
export function setIcon(holder, name) {
  holder.querySelector("use").setAttribute("href", `#${name}`);
}

/** Text for screen readers alone. */
export function spoken(text) {
  return el("span", { class: "spoken" }, text);
}

/** A sentence in which names stand between backticks, as children of an element: the names as code. */
export function prose(sentence) {
  return sentence.split("`").map((part, index) => (index % 2 === 1 ? el("code", {}, part) : part));
}

export function byId(id) {
  return document.getElementById(id);
}

/** Does any of the texts contain what was typed, whatever the case? */
export function matches(typed, ...texts) {
  const wanted = typed.trim().toLowerCase();
  return texts.some((text) => text.toLowerCase().includes(wanted));
}

/** Scrolls one box, down or across, until the target is in it with room to spare; the page stays where it is. */
export function reveal(box, target, { top, left }) {
  if (!target) return;
  const [frame, inner] = [box.getBoundingClientRect(), target.getBoundingClientRect()];
  box.scrollBy({
    left: beyond(inner.left, inner.right, frame.left + left, frame.right - left),
    top: beyond(inner.top, inner.bottom, frame.top + top, frame.bottom - top),
    behavior: "instant",
  });
}

/** How far a stretch sticks out of another: negative before it, positive after it. */
function beyond(from, to, low, high) {
  return from < low ? from - low : Math.max(to - high, 0);
}
