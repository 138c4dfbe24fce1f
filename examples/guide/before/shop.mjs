// What the shop sells, what was bought, and who works there: kept in memory, for this is an example.

export const users = {
  ida: { role: "owner" },
  jon: { role: "clerk" },
  kim: { role: "clerk", senior: true },
  lea: { role: "packer" },
  max: { role: "bookkeeper" },
  nia: { role: "buyer" },
};

export const orders = new Map(
  [
    { id: "1001", item: "bowl", total: 24, address: "Lindenhof 3, Bern", state: "paid" },
    { id: "1002", item: "vase", total: 180, address: "Aarweg 9, Thun", state: "paid" },
  ].map((order) => [order.id, order]),
);

export const products = new Map(
  [
    { id: "bowl", price: 24 },
    { id: "cup", price: 12, broughtBy: "jon" },
  ].map((product) => [product.id, product]),
);
