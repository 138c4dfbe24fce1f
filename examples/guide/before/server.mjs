// The back office of a shop, with its checks written by hand: node examples/guide/before/server.mjs [PORT]
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { page } from "./page.mjs";
import { orders, products, users } from "./shop.mjs";

const routes = [
  ["GET", /^\/$/, (user) => html(page(user, users[user]))],
  ["GET", /^\/api\/orders$/, (user) => listOrders(users[user])],
  ["POST", /^\/api\/orders\/(\w+)\/ship$/, (user, id) => ship(users[user], orders.get(id))],
  ["POST", /^\/api\/orders\/(\w+)\/refund$/, (user, id) => refund(users[user], orders.get(id))],
  ["POST", /^\/api\/products\/(\w+)\/price$/, (user, id, body) => reprice(user, products.get(id), body)],
];

function listOrders(user) {
  const withAddress = user.role === "owner" || user.role === "clerk" || user.role === "packer";
  if (!withAddress && user.role !== "bookkeeper") return refused();
  return json([...orders.values()].map(({ address, ...order }) => (withAddress ? { ...order, address } : order)));
}

function ship(user, order) {
  if (!order) return missing();
  if (user.role !== "owner" && user.role !== "packer") return refused();
  order.state = "sent";
  return json(order);
}

function refund(user, order) {
  if (!order) return missing();
  const small = order.total <= 50;
  if (user.role !== "owner" && user.role !== "bookkeeper" && !(user.senior && small)) return refused();
  order.state = "refunded";
  return json(order);
}

function reprice(name, product, { price }) {
  if (!product) return missing();
  const { role } = users[name];
  if (role !== "owner" && role !== "buyer" && product.broughtBy !== name) return refused();
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
  return name !== undefined && Object.hasOwn(users, name) ? name : undefined;
}

async function bodyOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return text === "" ? {} : JSON.parse(text);
}

const html = (body) => ({ status: 200, type: "text/html; charset=utf-8", body });
const json = (value) => ({ status: 200, body: JSON.stringify(value) });
const missing = () => ({ status: 404, body: JSON.stringify({ error: "there is no such thing" }) });
const refused = () => ({ status: 403, body: JSON.stringify({ error: "forbidden" }) });

if (fileURLToPath(import.meta.url) === process.argv[1]) {
  server.listen(process.argv[2] ?? 3000, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
}
