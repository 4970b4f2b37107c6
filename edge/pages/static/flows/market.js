// Import the real prices of 2005 without their last day, set alerts, import them all: forecast, trend, one notice; a bad file.
"use strict";
flow("market", async (card) => {
  const MILLION = 1e6;
  const SVG = new DOMParser().parseFromString("<svg></svg>", "text/html").body.firstChild.namespaceURI;
  const csv = { "Content-Type": "text/csv" };
  const drawn = (tag, values, text = "") => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(values)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  };

  // The closes as a line, the forecast as a dashed one within its intervals, the threshold across.
  const plot = (closes, steps, threshold) => {
    const width = 640, height = 240, left = 52, below = 24;
    const points = [...closes.map((one) => one.close), ...steps.flatMap((one) => [one.low95, one.high95]), threshold];
    const low = Math.min(...points), high = Math.max(...points);
    const x = (n) => left + ((width - left - 8) * n) / (closes.length + steps.length - 1);
    const y = (value) => 8 + ((height - below - 8) * (high - value)) / (high - low);
    const path = (values) => values.map(([n, value]) => `${x(n).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const ahead = [[closes.length - 1, closes.at(-1).close], ...steps.map((one, n) => [closes.length + n, one.value])];
    const fan = (lowest, highest) => {
      const start = [closes.length - 1, closes.at(-1).close];
      const up = steps.map((one, n) => [closes.length + n, one[highest]]), down = steps.map((one, n) => [closes.length + n, one[lowest]]);
      return path([start, ...up, ...down.reverse()]);
    };
    const label = card.say("Closes of the last months, and the forecast with its 80 and 95 % intervals", "直近数か月の終値と、80%・95% 区間付きの予測");
    const picture = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "prices" });
    for (const value of [low, (low + high) / 2, high]) {
      picture.append(drawn("line", { x1: left, x2: width - 8, y1: y(value), y2: y(value), class: "rule" }));
      picture.append(drawn("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, Math.round(value / MILLION).toLocaleString()));
    }
    picture.append(
      drawn("polygon", { points: fan("low95", "high95"), class: "far" }),
      drawn("polygon", { points: fan("low80", "high80"), class: "near" }),
      drawn("line", { x1: left, x2: width - 8, y1: y(threshold), y2: y(threshold), class: "threshold" }),
      drawn("polyline", { points: path(closes.map((one, n) => [n, one.close])), class: "close" }),
      drawn("polyline", { points: path(ahead), class: "ahead" }),
      drawn("text", { x: left, y: height - 6 }, closes[0].day),
      drawn("text", { x: width - 8, y: height - 6, "text-anchor": "end" }, steps.at(-1).day),
    );
    return picture;
  };

  const admin = await card.as("admin");
  const customer = await card.as("customer");
  const symbol = `D${Date.now().toString(36).toUpperCase()}`;
  const imports = `/v1/price-imports?exchange=XTKS&symbol=${symbol}`;
  const bytes = new Uint8Array(await (await fetch("/static/prices/prices_4902_2005.csv")).arrayBuffer());
  // The title names the real symbol: left out here, so that every run has one of its own. Lines end with a line feed.
  const ends = [...bytes.keys()].filter((n) => bytes[n] === 10);
  const body = bytes.slice(ends[0] + 1);
  const threshold = 1210 * MILLION;
  await admin.call("POST", imports, new Blob([bytes.slice(ends[0] + 1, ends.at(-2) + 1)]), csv);
  await admin.until(`/v1/predictions/${symbol}`, (one) => one.as_of === "2005-12-28");
  await customer.call("POST", "/v1/price-alerts", { symbol, direction: "below", threshold });
  card.note(card.say("The whole file: two days are new, and the last one closes at 1,201 yen.", "ファイル全体を取り込みます。2 日分が新しく、最終日の終値は 1,201 円です。"));
  const found = await admin.call("POST", imports, new Blob([body]), csv);
  const prediction = await customer.until(`/v1/predictions/${symbol}`, (one) => one.as_of === "2005-12-30");
  const trend = await customer.call("GET", `/v1/trends/${symbol}`);
  const { items } = await customer.call("GET", `/v1/prices/${symbol}?from=2005-09-01&limit=200`);
  const told = await customer.until(`/v1/users/${customer.subject}/notifications`, (page) => page.items.length > 0);
  card.note(card.say("The same file again changes nothing and tells nothing; a price of 0 refuses a file.", "同じファイルをもう一度取り込んでも何も起きません。0 円を含むファイルは拒否されます。"));
  await admin.call("POST", imports, new Blob([body]), csv);
  const bad = await admin.refused("POST", imports, "Date,Open,High,Low,Close,Volume\n2006-01-04,1200,1210,0,1205,1000\n", csv);
  const after = await customer.call("GET", `/v1/users/${customer.subject}/notifications`);
  const last = prediction.steps.at(-1);
  const yen = (value) => `¥${Math.round(value / MILLION).toLocaleString()}`;
  const way = { up: ["up", "上向き"], down: ["down", "下向き"], flat: ["flat", "横ばい"], unknown: ["unknown", "不明"] }[trend.direction];
  card.result(
    plot(items, prediction.steps, threshold),
    card.element("p", "note", card.say("close, forecast with 80 and 95 % intervals, threshold of the alert (dashed). Not investment advice.", "終値、80%・95% 区間付きの予測、アラートのしきい値(破線)。投資助言ではありません。")),
    card.element("p", "", `${card.say("Imported", "取り込み")}: ${found.result.encoding}, ${found.result.added + found.result.unchanged} ${card.say("days", "日分")}`),
    card.element("p", "", `${card.say("Forecast for", "予測")} ${last.day}: ${yen(last.value)} (${yen(last.low95)} – ${yen(last.high95)}), ${prediction.model}`),
    card.element("p", "", `${card.say("Trend", "トレンド")}: ${card.say(...way)}`),
    card.element("p", "", `${card.say("Told once", "通知は 1 回")} (${after.items.length}): ${card.say(told.items[0].text.en, told.items[0].text.ja)}`),
    card.element("p", "", `${card.say("Refused", "拒否")}: ${card.say("line", "行")} ${bad.line}, ${card.say("column", "列")} ${bad.column}`),
  );
});
