// The live demo: a picture of the last two minutes, what waits in each queue, and a button that places a real order.
"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const root = document.documentElement;
  const say = (en, ja) => (root.dataset.lang === "ja" ? ja : en);
  const SERIES = [{ name: "placed", colour: "--placed" }, { name: "confirmed", colour: "--good" }, { name: "refused", colour: "--bad" }];
  // Amounts are in the smallest unit of their currency: 21 GBP are 21 pence.
  const money = ({ amount, currency }) => {
    const format = new Intl.NumberFormat(root.lang, { style: "currency", currency });
    return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
  };
  const KEPT = 120;
  let points = [];

  const draw = () => plot(by("plot"), { points: points.map((one) => ({ at: one.at, ...one.rates })), series: SERIES, seconds: KEPT, unit: say("orders per second", "件／秒") });

  const rows = (id, entries, empty) => {
    by(id).tBodies[0].replaceChildren(...(entries.length ? entries : [[empty, ""]]).map(([name, value]) => {
      const row = document.createElement("tr");
      for (const text of [name, value]) row.insertCell().textContent = text;
      return row;
    }));
  };

  const show = (told) => {
    for (const name of ["placed", "confirmed", "refused"]) by(name).textContent = told.totals[name].toLocaleString();
    const last = points.at(-1);
    if (last) {
      by("rate").textContent = (last.rates.confirmed + last.rates.refused).toLocaleString();
      const queues = Object.entries(last.queues);
      by("waiting").textContent = queues.reduce((sum, [, depth]) => sum + depth, 0).toLocaleString();
      rows("queues", queues.sort(), say("no queue is known yet", "キューはまだありません"));
    }
    by("gaps").hidden = !told.gaps;
    rows("reasons", Object.entries(told.reasons).sort((a, b) => b[1] - a[1]), say("none so far", "まだありません"));
    draw();
  };

  const source = new EventSource("/demo/events");
  source.addEventListener("history", (event) => {
    const told = JSON.parse(event.data);
    points = told.points;
    show(told);
    by("link").textContent = "";
  });
  source.addEventListener("point", (event) => {
    const told = JSON.parse(event.data);
    points = [...points, told].slice(-KEPT);
    show(told);
  });
  source.onerror = () => { by("link").textContent = say("reconnecting …", "再接続中…"); };
  window.addEventListener("resize", draw);
  document.addEventListener("language", draw);

  let session = null;
  const token = async () => {
    if (session && session.until > Date.now()) return session;
    const answer = await fetch("/demo/token", { method: "POST" });
    if (!answer.ok) throw new Error(say("Demo tokens are off here.", "デモ用トークンは無効です。"));
    const told = await answer.json();
    session = { token: told.access_token, customer: told.subject, until: Date.now() + (told.expires_in - 30) * 1000 };
    return session;
  };
  const call = async (path, options = {}) => {
    const { token: bearer } = await token();
    return fetch(path, { ...options, headers: { Authorization: `Bearer ${bearer}`, "Accept-Language": root.lang, ...options.headers } });
  };
  const load = async () => {
    // While `hikyaku demo` runs it counts its own stock, so visitors buy from the showcase that it has put up for them.
    let page = { items: [] };
    for (const category of ["Showcase", ""]) {
      const answer = await call(`/v1/products?limit=200&category=${category}`);
      if (answer.ok) page = await answer.json();
      if (page.items.length) break;
    }
    by("product").replaceChildren(...page.items.map((one) =>
      new Option(`${one.name} · ${money(one.unit_price)}`, one.sku)));
    const none = !page.items.length;
    by("order").querySelector("button").disabled = none;
    by("order-note").textContent = none ? say("No products yet: run `hikyaku demo` or `hikyaku try` first.", "商品がまだありません。先に `hikyaku demo` か `hikyaku try` を実行してください。") : "";
    if (none) setTimeout(load, 3000);
  };
  const step = (text, className) => {
    const item = document.createElement("li");
    item.textContent = text;
    item.className = className ?? "";
    by("steps").append(item);
  };
  by("order").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = by("order").querySelector("button");
    button.disabled = true;
    by("steps").replaceChildren();
    const began = performance.now();
    try {
      const { customer } = await token();
      const chosen = by("payment").value;
      const body = {
        customer_id: customer,
        items: [{ sku: by("product").value, quantity: Number(by("quantity").value) }],
        shipping_address: { postal_code: "100-0001", prefecture: "JP-13", city: "千代田区", line1: "千代田1-1", recipient: "デモ 太郎", phone: "+819012345678" },
        payment_method: chosen === "declined" ? "card" : chosen,
        ...(chosen === "declined" ? { card_token: "tok_decline" } : {}),
      };
      const answer = await call("/v1/orders", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID(), Prefer: "wait=20" },
        body: JSON.stringify(body),
      });
      const told = await answer.json();
      const took = Math.round(performance.now() - began);
      if (told.operation_id) {
        const operation = await (await call(`/v1/operations/${told.operation_id}`)).json();
        for (const one of operation.steps) step(one.name, one.status);
      }
      if (answer.status === 200) step(say(`Confirmed in ${took} ms: ${money(told.result.total)}`, `${took} ms で確定: ${money(told.result.total)}`), "succeeded");
      else if (answer.status === 202) step(say("Accepted; still being decided.", "受け付けました。処理中です。"));
      else step(`${told.title}${told.reason ? ` (${told.reason})` : ""}`, "failed");
    } catch (error) {
      step(String(error.message ?? error), "failed");
    }
    button.disabled = false;
  });
  load().catch((error) => { by("order-note").textContent = String(error.message ?? error); });
})();
