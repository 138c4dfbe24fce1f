// A server component that asks while it renders, and a client component that asks in the browser.
import { answers } from "../../answers.mjs";
import { Asking } from "./asking.jsx";

export const dynamic = "force-dynamic";

export default function Page() {
  return (
    <main>
      <pre id="server">{JSON.stringify(answers())}</pre>
      <Asking />
    </main>
  );
}
