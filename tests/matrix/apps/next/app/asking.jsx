"use client";
// Rendered by the server too, where it asks as well; clicked, it asks in the browser.
import { useState } from "react";
import { answers } from "../../answers.mjs";

export function Asking() {
  const [clicked, setClicked] = useState("");
  return (
    <>
      <pre id="rendered">{JSON.stringify(answers())}</pre>
      <button onClick={() => setClicked(JSON.stringify(answers()))}>Ask</button>
      <pre id="clicked">{clicked}</pre>
    </>
  );
}
