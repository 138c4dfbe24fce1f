/** What the edge and the page tell of their source. */
export const told = ({ status, version, unanchored, error }) => ({
  status,
  version,
  unanchored,
  error: error ? (error.code ?? "unreachable") : null,
});
