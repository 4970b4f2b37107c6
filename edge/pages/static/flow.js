// What a flow card of the start page stands on: tokens by role, calls that are logged as curl, errors that say what to do.
"use strict";
(() => {
  const root = document.documentElement;
  const say = (en, ja) => (root.dataset.lang === "ja" ? ja : en);
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  const element = (tag, className, ...inside) => {
    const made = document.createElement(tag);
    made.className = className;
    made.append(...inside);
    return made;
  };

  // A "no" of the edge: `status`, and the problem document with its `title`, `detail`, `reason` and `errors`.
  class Refused extends Error {
    constructor(status, problem) {
      super([problem.title ?? `HTTP ${status}`, problem.reason && `(${problem.reason})`].filter(Boolean).join(" "));
      Object.assign(this, { status, problem });
    }
  }

  const advice = (error) => {
    const { status, problem } = error;
    if (!(error instanceof Refused)) return say("Is Hikyaku still running? Start it with `make run`.", "Hikyaku は動いていますか。`make run` で起動してください。");
    for (const { field, detail } of problem.errors ?? []) return `${field}: ${detail}`;
    if (status === 503) return say("It is busy or under maintenance; try again in a moment.", "混雑中またはメンテナンス中です。少し待ってからもう一度お試しください。");
    if (status === 504) return say("The domain did not answer; `hikyaku top` shows which one is away.", "ドメインが応答しません。`hikyaku top` で確認できます。");
    return problem.detail !== problem.title ? problem.detail ?? "" : "";
  };

  class Person {
    constructor(card, role, token) {
      Object.assign(this, { card, role, subject: token.subject, token: token.access_token });
    }

    // One call: the JSON of its answer. Commands get an Idempotency-Key and are waited for. `body`: an object, or a
    // string, Blob or FormData that goes out as it is. Throws Refused.
    async call(method, path, body, headers = {}) {
      const line = this.card.line(method, path);
      const { status, data } = await this.send(line, method, path, body, headers);
      if (status >= 400) throw line.end(new Refused(status, data));
      line.end(null, status, data);
      return data;
    }

    // The same for a call that must be refused, which is then the good outcome: its problem document.
    async refused(method, path, body, headers = {}) {
      const line = this.card.line(method, path);
      const { status, data } = await this.send(line, method, path, body, headers);
      if (status < 400) throw line.end(new Refused(status, { title: say("This should have been refused.", "拒否されるはずの操作が受け付けられました。") }));
      line.end(null, status, { ...data, status: data.title + (data.reason ? ` (${data.reason})` : "") });
      return data;
    }

    // Reads again and again until `test(data)` is true, for what follows by events.
    async until(path, test, seconds = 20) {
      const line = this.card.line("GET", path);
      const end = performance.now() + seconds * 1000;
      for (let wait = 0.2; ; wait = Math.min(1.5, wait * 1.4)) {
        const { status, data } = await this.send(line, "GET", path);
        if (status < 400 && test(data)) return line.end(null, status, data) ?? data;
        if (status >= 400 && status !== 404) throw line.end(new Refused(status, data));
        if (performance.now() > end) throw line.end(new Refused(504, { title: say(`Not within ${seconds} s`, `${seconds} 秒以内に完了しませんでした`) }));
        await pause(wait);
      }
    }

    // Bytes behind a token, as the address of an <img>.
    async picture(path) {
      const line = this.card.line("GET", path);
      line.curl(`curl -H "Authorization: Bearer $(${this.token_line()})" ${quoted(location.origin + path)} --output picture`);
      const answer = await fetch(path, { headers: { Authorization: `Bearer ${this.token}` } });
      if (!answer.ok) throw line.end(new Refused(answer.status, await answer.json()));
      const blob = await answer.blob();
      line.end(null, answer.status, {});
      return new Promise((done, failed) => {
        const reader = new FileReader();
        reader.onload = () => done(reader.result);
        reader.onerror = () => failed(reader.error);
        reader.readAsDataURL(blob);
      });
    }

    token_line() {
      return `hikyaku token --subject ${this.subject} --role ${this.role}`;
    }

    async send(line, method, path, body, headers = {}) {
      const raw = typeof body === "string" || body instanceof Blob || body instanceof FormData;
      const sent = {
        ...(method === "GET" ? {} : { "Idempotency-Key": crypto.randomUUID(), Prefer: "wait=20" }),
        ...(body === undefined || raw ? {} : { "Content-Type": "application/json" }),
        ...headers,
      };
      const text = raw || body === undefined ? body : JSON.stringify(body);
      const data = text === undefined ? "" : ` -d ${typeof text === "string" ? quoted(text) : "@FILE"}`;
      const named = Object.entries(sent).map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`).join("");
      line.curl(`curl -X ${method} -H "Authorization: Bearer $(${this.token_line()})"${named}${data} ${quoted(location.origin + path)}`);
      const answer = await fetch(path, { method, body: text, headers: { Authorization: `Bearer ${this.token}`, "Accept-Language": root.lang, ...sent } });
      return { status: answer.status, data: await answer.json().catch(() => ({})) };
    }
  }

  class Card {
    constructor(section) {
      this.say = say;
      this.pause = pause;
      this.steps = section.querySelector(".steps");
      this.area = section.querySelector(".result");
    }

    // Somebody with that role: new every time, or `subject`.
    async as(role, subject = "") {
      const answer = await fetch(`/demo/token?role=${role}&subject=${encodeURIComponent(subject)}`, { method: "POST" });
      if (answer.status === 404) {
        throw new Refused(404, { title: say("No tokens for pages here.", "ここではページ用トークンを発行できません。"),
          detail: say("Open 127.0.0.1 on the machine itself, or set HIKYAKU_EDGE_DEVELOPMENT=true for a trial.", "サーバー自身で 127.0.0.1 を開くか、試用時は HIKYAKU_EDGE_DEVELOPMENT=true を設定してください。") });
      }
      if (!answer.ok) throw new Refused(answer.status, await answer.json());
      return new Person(this, role, await answer.json());
    }

    // A sentence between the calls.
    note(text) {
      this.steps.append(element("li", "note", text));
    }

    // What stands below the log in the end: texts and elements.
    result(...inside) {
      this.area.replaceChildren(...inside);
    }

    element(tag, className, ...inside) {
      return element(tag, className, ...inside);
    }

    line(method, path) {
      const began = performance.now();
      const outcome = element("span", "note", "…");
      const text = element("code", "", "");
      const head = element("summary", "", element("b", `method ${method.toLowerCase()}`, method), ` ${path} `, outcome);
      const item = element("li", "", element("details", "", head, element("pre", "", text)));
      this.steps.append(item);
      return {
        curl: (line) => { text.textContent = line; },
        end: (error, status, data) => {
          const took = `${Math.round(performance.now() - began)} ms`;
          item.className = error ? "failed" : "done";
          outcome.textContent = error ? `${error.status ?? ""} ${error.message}` : `${status} ${data.status ?? ""} · ${took}`;
          const timeline = data?.links?.timeline;
          if (timeline) {
            const link = element("a", "note", say("timeline", "経緯"));
            link.href = `/timeline/${data.operation_id}`;
            item.append(link);
          }
          return error;
        },
      };
    }
  }

  // `flow("shop", async (card) => …)` runs when the button of the section `flow-shop` is pressed.
  window.flow = (name, run) => {
    const section = document.getElementById(`flow-${name}`);
    const button = section.querySelector("button");
    button.addEventListener("click", async () => {
      button.disabled = true;
      const card = new Card(section);
      card.steps.replaceChildren();
      card.result();
      try {
        await run(card);
      } catch (error) {
        const told = advice(error);
        card.steps.append(element("li", "failed", error.message ?? String(error), ...(told ? [element("div", "note", told)] : [])));
      }
      button.disabled = false;
    });
  };
})();
