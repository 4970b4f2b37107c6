// Register a product, stock it, pay in, order; and once more without enough money.
"use strict";
flow("shop", async (card) => {
  const admin = await card.as("admin");
  const customer = await card.as("customer");
  const sku = `SENCHA-${Date.now()}`;
  const yen = (amount) => `¥${amount.toLocaleString()}`;
  await admin.call("POST", "/v1/products", {
    sku, name: "煎茶 Sencha", category: "tea", unit_price: { amount: 1200, currency: "JPY" }, low_stock_threshold: 5,
  });
  await admin.call("POST", `/v1/products/${sku}/replenishments`, { quantity: 100, reason: "receive" });
  await customer.call("POST", `/v1/wallets/${customer.subject}/deposits`, { amount: 3000, currency: "JPY" });
  const order = {
    customer_id: customer.subject,
    items: [{ sku, quantity: 2 }],
    shipping_address: { postal_code: "100-0001", prefecture: "JP-13", city: "千代田区", line1: "千代田1-1", recipient: "飛脚 太郎", phone: "+819012345678" },
    payment_method: "wallet",
  };
  const placed = await customer.call("POST", "/v1/orders", order);
  const found = await customer.call("GET", `/v1/orders/${placed.order_id}`);
  card.note(card.say("Once more, with too little left in the wallet: what was reserved is released.", "もう一度、残高不足で注文します。確保した在庫は戻ります。"));
  await customer.refused("POST", "/v1/orders", order);
  const stock = await customer.until(`/v1/products/${sku}/stock`, (one) => one.available === 98);
  const { balance } = await customer.call("GET", `/v1/wallets/${customer.subject}`);
  card.result(
    card.element("p", "", `${card.say("Confirmed", "確定")}: ${yen(found.total.amount)}`),
    card.element("p", "", `${card.say("Tracking number", "追跡番号")}: ${found.shipment?.tracking_number ?? card.say("to come", "発行待ち")}`),
    card.element("p", "", `${card.say("In the wallet", "残高")}: ${yen(balance.amount)} · ${card.say("in stock", "在庫")}: ${stock.available}`),
  );
});
