module.exports = {
  testMatch: ["**/*.test.mjs"],
  transform: { "\\.mjs$": "./transform.cjs" },
  watchman: false,
};
