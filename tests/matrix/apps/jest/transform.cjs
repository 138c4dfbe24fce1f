// What Babel does in most apps: imports become `require`.
const { transformSync } = require("esbuild");

exports.process = (source) => transformSync(source, { format: "cjs", target: "node20" });
