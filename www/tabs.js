// The swing door: tabs of which one panel is open, as keyboards and screen readers know them.

import { byId, set } from "./dom.js";

/** Makes tabs of buttons; `opened` is called with the tab that was chosen. Gives back what opens one. */
export function tabs(buttons, opened) {
  function open(chosen) {
    for (const button of buttons) show(button, button === chosen);
    opened(chosen);
  }

  function step(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const next = buttons.at((buttons.indexOf(event.currentTarget) + by) % buttons.length);
    open(next);
    next.focus();
  }

  for (const button of buttons) {
    button.addEventListener("click", () => open(button));
    button.addEventListener("keydown", step);
  }
  return open;
}

/** Only the open tab is on the way of the tab key. */
function show(button, selected) {
  set(button, { "aria-selected": String(selected), tabindex: selected ? null : "-1" });
  set(byId(button.getAttribute("aria-controls")), { hidden: !selected });
}
