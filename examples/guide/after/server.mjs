// The back office of a shop, with its checks made by Scopewise: node examples/guide/after/server.mjs [PORT]
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { page } from "./page.mjs";
import { about, isStaff, principalOf, product as named } from "./permissions.mjs";
import { orders, products } from "./shop.mjs";

const routes = [
  ["GET", /^\/$/, (user) => html(page(user))],
  ["GET", /^\/api\/orders$/, (user) => listOrders(principalOf(user))],
  ["POST", /^\/api\/orders\/(\w+)\/ship$/, (user, id) => ship(principalOf(user), orders.get(id))],
  ["POST", /^\/api\/orders\/(\w+)\/refund$/, (user, id) => refund(principalOf(user), orders.get(id))],
  ["POST", /^\/api\/products\/(\w+)\/price$/, (user, id, body) => reprice(principalOf(user), products.get(id), body)],
];

function listOrders(user) {
  const seen = [...orders.values()].filter((order) => user.can("order:read", ...about(order)));
  if (seen.length === 0) return refused(user, "order:read", "shop:lindenhof");
  const shown = ({ address, ...order }) => (user.can("order:read_address", ...about(order)) ? { ...order, address } : order);
  return json(seen.map(shown));
}

function ship(user, order) {
  if (!order) return missing();
  if (!user.can("order:ship", ...about(order))) return refused(user, "order:ship", ...about(order));
  order.state = "sent";
  return json(order);
}

function refund(user, order) {
  if (!order) return missing();
  if (!user.can("refund:approve", ...about(order))) return refused(user, "refund:approve", ...about(order));
  order.state = "refunded";
  return json(order);
}

function reprice(user, product, { price }) {
  if (!product) return missing();
  if (!user.can("price:update", named(product))) return refused(user, "price:update", named(product));
  product.price = price;
  return json(product);
}

export const server = createServer(async (request, response) => {
  const user = signedIn(request);
  const { status, type = "application/json", body } = user ? await answer(user, request) : { status: 401, body: "{}" };
  response.writeHead(status, { "content-type": type }).end(body);
});

async function answer(user, request) {
  for (const [method, path, handle] of routes) {
    const match = request.method === method && path.exec(request.url);
    if (match) return handle(user, match[1], method === "POST" ? await bodyOf(request) : undefined);
  }
  return missing();
}

/** Who asks. A real app has a session; what matters here comes after it. */
function signedIn(request) {
  const name = /(?:^|; )user=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  return name !== undefined && isStaff(name) ? name : undefined;
}

async function bodyOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return text === "" ? {} : JSON.parse(text);
}

const html = (body) => ({ status: 200, type: "text/html; charset=utf-8", body });
const json = (value) => ({ status: 200, body: JSON.stringify(value) });
const missing = () => ({ status: 404, body: JSON.stringify({ error: "there is no such thing" }) });

/** Says what is missing, so that whoever is refused can ask for it. */
function refused(user, scope, entity, known) {
  const { reason } = user.decide(scope, entity, known);
  return { status: 403, body: JSON.stringify({ error: "forbidden", scope, reason }) };
}

if (fileURLToPath(import.meta.url) === process.argv[1]) {
  server.listen(process.argv[2] ?? 3000, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
}
