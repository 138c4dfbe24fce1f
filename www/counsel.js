// The counsel: what would allow a request, found when nothing more urgent is to be done. The part of the package that finds
// it is nearly as large as the engine, so that it comes when it is first needed.

/** Gives back a function that tells the remedies for a question about a document's text, or `null` where another question
 *  came in between. `load` fetches the part; it is rejected where that does not come. */
export function counselBy(load) {
  let latest = null;
  let known = {};

  return async (question) => {
    latest = question;
    const part = await load();
    await Promise.all([part.ready, painted()]);
    if (latest !== question) return null;
    if (known.text !== question.text) known = { text: question.text, organization: part.Organization.parse(question.text) };
    return remediesIn(known.organization, question);
  };
}

function remediesIn(organization, { principal, scope, entity, tags }) {
  return organization.principal(principal).explain(scope, entity, tags ? { tags } : {}).remedies ?? [];
}

/** Over as soon as the page shows what is on it: in a large document the search takes longer than a click should. */
function painted() {
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}
