// What the shop sells and what was bought: kept in memory, for this is an example. Who works there and what they may do
// stands in organization.json.

export const orders = new Map(
  [
    { id: "1001", item: "bowl", total: 24, address: "Lindenhof 3, Bern", state: "paid" },
    { id: "1002", item: "vase", total: 180, address: "Aarweg 9, Thun", state: "paid" },
  ].map((order) => [order.id, order]),
);

export const products = new Map(
  [
    { id: "bowl", price: 24 },
    { id: "cup", price: 12 },
  ].map((product) => [product.id, product]),
);
