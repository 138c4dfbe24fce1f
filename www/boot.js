// The front door: starts the page, and says so in words when the engine cannot be loaded.

import("./main.js").catch((error) => {
  document.getElementById("who").textContent = "The engine did not load";
  document.getElementById("who-detail").textContent =
    `${error.message}. The page needs the built package beside it: run \`cargo xtask build\` and reload.`;
  document.getElementById("layout").classList.add("failed");
  console.error(error);
});
