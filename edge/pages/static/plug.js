// Pull the plug: buttons that break something while orders run, and counters of what the orders came to.
"use strict";
(async () => {
  const by = (id) => document.getElementById(id);
  const root = document.documentElement;
  const say = (en, ja) => (root.dataset.lang === "ja" ? ja : en);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const AFTER = 8; // s for which orders come on after a fault has healed
  const SHOWN = 60; // s in the picture
  const section = by("plug");
  const buttons = [...section.querySelectorAll("[data-fault]")];
  const NAMES = { kill: ["worker killed", "ワーカー停止"], stop: ["broker stopped", "ブローカー停止"], cut: ["database cut", "DB 切断"], freeze: ["lane frozen", "レーン凍結"] };
  const TOLD = {
    kill: (it) => say(`The worker “${it}” was killed. It is being started again.`, `ワーカー「${it}」を強制終了しました。再起動しています。`),
    stop: () => say("The broker is stopped. Orders are accepted on, and wait. It comes back by itself.", "ブローカーを停止しました。注文は受け付け続け、順番を待ちます。自動で復旧します。"),
    cut: () => say("The database is cut. Who orders now is turned away and asks again. It comes back by itself.", "データベースを切断しました。今の注文は断られ、再送されます。自動で復旧します。"),
    freeze: (it) => say(`The worker “${it}” and its lanes stand still. They go on by themselves.`, `ワーカー「${it}」とそのレーンを凍結しました。自動で動き出します。`),
  };
  const WHY = {
    external_server: () => say("not started by this `hikyaku up`", "この `hikyaku up` が起動したものではありません"),
    worker_away: () => say("no worker runs just now", "動作中のワーカーがありません"),
  };

  let witness = new Witness();
  let prepared = null;
  let state = null; // what the supervisor says: faults, workers, recent
  let trouble = ""; // why a press came to nothing
  let away = ""; // why nobody can cause a fault
  let points = [];
  let looked = performance.now();

  const current = () => state?.recent.findLast((one) => !one.healed && !one.error);
  const seconds = (moment) => new Date(moment).getTime() / 1000;

  const ask = async (body) => {
    const answer = await witness.call("admin", "/demo/faults", body ? { method: "POST", body } : {});
    const told = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(told.detail ?? told.title), { status: answer.status, told });
    return told;
  };

  const took = ({ began, healed }) => (seconds(healed) - seconds(began)).toFixed(1);

  // What the orders have come to, once there are some.
  const ending = () => {
    const { lost, doubled, orders } = witness;
    if (!orders.size) return "";
    if (lost || doubled) return say(`${lost} lost, ${doubled} doubled: that must not be.`, `消失 ${lost} 件、重複 ${doubled} 件。あってはならない結果です。`);
    if (!witness.settled) return say("Orders go on, and the backlog is worked off.", "注文は続き、処理待ちが片付いていきます。");
    return say("All orders are decided: none lost, none doubled.", "すべての注文が処理されました。消失も重複もありません。");
  };

  const announce = () => {
    const running = current(), last = state?.recent.at(-1);
    const since = running && Math.max(0, Math.round(Date.now() / 1000 - seconds(running.began)));
    const sentence = trouble || away ? trouble || away
      : running ? `${TOLD[running.fault](running.target)} ${say(`(${since} s)`, `（${since} 秒）`)}`
      : last?.error ? say(`It did not heal by itself: ${last.error}`, `自動では復旧しませんでした: ${last.error}`)
      : last ? `${say(`Healed after ${took(last)} s.`, `${took(last)} 秒で復旧しました。`)} ${ending()}`
      : ending();
    if (by("fault").textContent !== sentence) by("fault").textContent = sentence;
    by("fault").className = trouble || away || last?.error || witness.lost || witness.doubled ? "told wrong" : running ? "told on" : sentence ? "told" : "";
  };

  const books = () => {
    const [confirmed, refused, gone, paid, again] = ["confirmed", "refused", "gone", "paid", "turnedAway"].map((name) => witness[name].toLocaleString());
    return witness.orders.size ? say(
      `In the books: ${confirmed} orders confirmed, ${refused} refused; ${gone} pieces gone from stock; ${paid} orders paid. Turned away and sent again: ${again} times.`,
      `帳簿: 確定 ${confirmed} 件、不成立 ${refused} 件。出庫 ${gone} 個、支払い ${paid} 件。断られて再送 ${again} 回。`) : "";
  };

  const show = () => {
    const figures = { accepted: witness.orders.size, decided: witness.decided, backlog: witness.waiting, lost: witness.lost, doubled: witness.doubled };
    for (const [name, value] of Object.entries(figures)) {
      by(name).textContent = value.toLocaleString();
      if (name === "lost" || name === "doubled") by(name).parentElement.className = value ? "bad" : "good";
    }
    announce();
    by("books").textContent = books();
    for (const button of buttons) {
      const why = WHY[state?.faults.find(({ name }) => name === button.dataset.fault)?.reason];
      button.disabled = !state || Boolean(current()) || Boolean(why);
      button.title = why?.() ?? "";
    }
    by("orders-run").disabled = witness.running;
    const now = Date.now() / 1000;
    plot(by("backlog-plot"), {
      points, series: [{ name: "waiting", colour: "--placed", filled: true }], seconds: SHOWN, unit: say("orders accepted and not yet decided", "受付済み・未処理の注文"),
      shades: (state?.recent ?? []).map((one) => ({ from: seconds(one.began), to: one.healed ? seconds(one.healed) : now, text: say(...NAMES[one.fault]) })),
    });
  };

  // Orders come while somebody watches a fault, and a little longer.
  const orders = async (length) => {
    prepared ??= witness.prepare();
    try {
      await prepared;
    } catch (error) {
      prepared = null;
      witness = new Witness();
      throw error;
    }
    witness.run(length);
  };

  const attempt = async (work) => {
    trouble = "";
    try {
      await work();
    } catch (error) {
      trouble = error.message;
    }
    show();
  };

  for (const button of buttons) {
    button.addEventListener("click", () => attempt(async () => {
      button.disabled = true;
      const first = !witness.running;
      await orders(AFTER);
      if (first) await pause(1500); // so that one sees how it goes undisturbed
      const worker = ["kill", "freeze"].includes(button.dataset.fault) ? by("worker").value : "";
      state.recent.push(await ask({ fault: button.dataset.fault, worker }));
    }));
  }
  by("orders-run").addEventListener("click", () => attempt(() => orders(60)));

  const workers = () => {
    if (by("worker").options.length === state.workers.length) return;
    by("worker").replaceChildren(...state.workers.map((name) => new Option(name, name)));
    if (state.workers.includes("order")) by("worker").value = "order";
    by("worker").parentElement.hidden = state.workers.length < 2;
  };

  const follow = async () => {
    try {
      state = await ask();
      away = "";
      workers();
    } catch (error) {
      if (error.status === 404 || (!error.told && !state)) return false;
      if (error.told) away = error.message;
    }
    return true;
  };

  const look = async () => {
    const passed = (performance.now() - looked) / 1000;
    looked = performance.now();
    if (!prepared || (witness.settled && !current())) return;
    await witness.look(passed, !current()).catch(() => { /* they can't be read just now: the numbers stay as they are */ });
  };

  // Only a visitor who may have an admin's token sees it: in development, on the machine itself.
  if (!(await follow())) return;
  section.hidden = false;
  document.addEventListener("language", show);
  window.addEventListener("resize", show);
  const reading = async () => { for (;;) { await Promise.all([look(), pause(1000)]); } };
  const asking = async () => {
    for (;;) {
      await Promise.all([follow(), pause(current() || witness.running ? 1000 : 5000)]);
      if (current() && witness.running) witness.run(AFTER);
    }
  };
  reading();
  asking();
  for (;;) {
    if (witness.running || witness.waiting || points.at(-1)?.waiting) points = [...points, { at: Date.now() / 1000, waiting: witness.waiting }].slice(-2 * SHOWN);
    if (!document.hidden) show();
    await pause(500);
  }
})();
