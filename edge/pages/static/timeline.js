// The way of one operation: the tree of what led to what, beside the time at which it happened. Follows it while open.
"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const say = (en, ja) => (document.documentElement.dataset.lang === "ja" ? ja : en);
  const operation = location.pathname.split("/").pop();
  const ROW = 28, INDENT = 18, TREE = 640, WIDTH = 1240, TOP = 26;
  const STATUS = {
    pending: ["in progress", "処理中"], succeeded: ["succeeded", "成功"], failed: ["failed", "失敗"],
    delayed: ["delayed", "遅延"], suspended: ["needs an operator", "要対応"],
  };
  let shown = null;

  const made = (name, attributes = {}, text = "") => {
    const element = document.createElementNS(document.querySelector("svg").namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };

  // Depth first, in the order of time: each row knows how deep it is and in which row its cause stands.
  const rows = (items) => {
    const below = new Map();
    for (const item of items) below.set(item.causation, [...(below.get(item.causation) ?? []), item]);
    const found = [];
    const walk = (cause, depth, parent) => {
      for (const item of below.get(cause) ?? []) {
        const place = found.push({ ...item, depth, parent }) - 1;
        walk(item.id, depth + 1, place);
      }
    };
    walk(null, 0, null);
    return found;
  };

  const duration = (milliseconds) => (milliseconds >= 10_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds)} ms`);
  const mark = (row, x, y) => {
    if (row.kind === "command") return made("rect", { x: x - 5, y: y - 5, width: 10, height: 10, rx: 2 });
    if (row.kind === "job") return made("rect", { x: x - 5, y: y - 5, width: 10, height: 10 });
    return made("circle", { cx: x, cy: y, r: 5 });
  };

  const draw = (items) => {
    const tree = rows(items);
    const times = tree.map((row) => Date.parse(row.time));
    const start = Math.min(...times);
    const span = Math.max(1, ...tree.map((row, n) => times[n] - start + (row.took_ms ?? 0)));
    const across = (milliseconds) => TREE + 20 + (milliseconds / span) * (WIDTH - TREE - 110);
    const svg = made("svg", { viewBox: `0 0 ${WIDTH} ${TOP + tree.length * ROW + 10}`, role: "img", "aria-label": `${tree.length}` });
    for (let tick = 0; tick <= 4; tick += 1) {
      const x = across((span * tick) / 4);
      svg.append(made("line", { class: "grid", x1: x, x2: x, y1: TOP - 6, y2: TOP + tree.length * ROW }));
      svg.append(made("text", { class: "time", x: x + 3, y: TOP - 10 }, duration((span * tick) / 4)));
    }
    tree.forEach((row, n) => {
      const x = 16 + Math.min(row.depth, 14) * INDENT;
      const y = TOP + n * ROW + ROW / 2;
      const group = made("g", { class: row.kind });
      if (n % 2) group.append(made("rect", { class: "stripe", x: 0, y: y - ROW / 2, width: WIDTH, height: ROW }));
      if (row.parent !== null) {
        const up = 16 + Math.min(tree[row.parent].depth, 14) * INDENT;
        const from = TOP + row.parent * ROW + ROW / 2 + 6;
        group.append(made("path", { class: "edge", d: `M ${up} ${from} V ${y} H ${x - 7}` }));
      }
      group.append(mark(row, x, y));
      const label = made("text", { class: "type", x: x + 12, y: y + 4 }, row.type.replace(/\.v\d+$/, ""));
      const road = row.handler && row.handler !== row.source ? `${row.source} → ${row.handler}` : row.source;
      label.append(made("tspan", { class: "where", dx: 8 }, `${road}${row.version ? ` · v${row.version}` : ""}`));
      label.append(made("title", {}, `${row.type}\n${row.subject}\n${row.time}\n${row.id}`));
      group.append(label);
      const at = across(times[n] - start);
      const took = Math.max(3, across(times[n] - start + (row.took_ms ?? 0)) - at);
      group.append(made("rect", { class: "bar", x: at, y: y - 5, width: took, height: 10, rx: 2 }));
      const told = row.took_ms === null ? `+${duration(times[n] - start)}` : `+${duration(times[n] - start)} · ${duration(row.took_ms)}`;
      const left = at + took > WIDTH - 115;
      group.append(made("text", { class: "time", x: left ? at - 6 : at + took + 6, y: y + 4, "text-anchor": left ? "end" : "start" }, told));
      svg.append(group);
    });
    by("picture").replaceChildren(svg);
    return span;
  };

  const token = async () => {
    const kept = sessionStorage.getItem("token");
    if (kept) return kept;
    const answer = await fetch("/demo/token?role=admin", { method: "POST" });
    return answer.ok ? (await answer.json()).access_token : "";
  };
  const read = async (path, bearer) => {
    const answer = await fetch(path, { headers: { Authorization: `Bearer ${bearer}` } });
    if (!answer.ok) throw new Error(answer.status === 404 ? say("No operation of this id can be seen with this token.", "このトークンで参照できる操作がありません。") : `HTTP ${answer.status}`);
    return answer.json();
  };

  const tell = () => {
    if (!shown) return;
    const [en, ja] = STATUS[shown.status] ?? [shown.status, shown.status];
    by("status").textContent = say(en, ja);
    by("status").className = shown.status === "failed" ? "bad" : "good";
    by("summary").textContent = say(`${shown.count} messages in ${duration(shown.span)}`, `${duration(shown.span)} で ${shown.count} 件のメッセージ`)
      + (shown.complete ? "" : say(", and more than are shown", "(一部のみ表示)"));
  };

  let bearer = "";
  const follow = async () => {
    let pause = 1000;
    try {
      bearer ||= await token();
      const [state, timeline] = await Promise.all([
        read(`/v1/operations/${operation}`, bearer), read(`/v1/operations/${operation}/timeline`, bearer),
      ]);
      shown = { status: state.status, count: timeline.items.length, span: draw(timeline.items), complete: timeline.complete };
      by("form").hidden = true;
      by("trace").hidden = false;
      by("note").textContent = "";
      pause = ["succeeded", "failed"].includes(state.status) ? 3000 : 1000;
      tell();
    } catch (error) {
      by("note").textContent = error.message;
      by("form").hidden = false;
      pause = 5000;
    }
    setTimeout(follow, document.hidden ? 10_000 : pause);
  };

  by("operation").textContent = operation;
  by("form").hidden = true;
  by("form").addEventListener("submit", (event) => {
    event.preventDefault();
    bearer = by("token").value.trim();
    sessionStorage.setItem("token", bearer);
  });
  by("trace").addEventListener("click", async () => {
    try {
      const trace = await read(`/v1/operations/${operation}/trace`, bearer);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(trace, null, 2)], { type: "application/json" }));
      link.download = `${operation}.otlp.json`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      by("note").textContent = error.message;
    }
  });
  document.addEventListener("language", tell);
  follow();
})();
