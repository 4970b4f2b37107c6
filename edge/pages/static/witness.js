// Places orders as any customer does, and counts what became of them in the shop's own books: nothing is taken on trust.
//
// Each order is one piece of one product, paid from one wallet: so one order is one piece gone and one payment, never two.
"use strict";
(() => {
  const PRICE = 100, STOCK = 20_000, PAGE = 100, PAGES = 20;
  const EVERY = 100; // ms from one order to the next
  const AT_ONCE = 3; // a browser opens six connections at most, and others read
  const PATIENCE = 4000; // ms for an answer
  const LATE = 30; // s without a fault after which an order that is not decided, or not paid, counts as lost
  const REST = 3; // rounds without anything under way, after which stock must agree to the piece
  const ASK_AGAIN = 60_000; // ms for which an order that was turned away is sent again
  const FINAL = new Set(["confirmed", "shipped", "delivered", "failed", "cancelled", "needs_attention"]);
  const SOLD = new Set(["confirmed", "shipped", "delivered"]);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  window.Witness = class {
    constructor() {
      this.orders = new Map(); // by id, once the edge has accepted it: { since, status, later }
      this.strangers = new Map(); // orders in the book that nobody was told of, and since when
      this.payments = new Map(); // by order: how often its money was taken
      this.refunds = new Map(); // and how often given back
      this.entries = new Set();
      this.names = new Map();
      this.tokens = new Map();
      this.calm = 0; // seconds without a fault, the clock by which something is late
      this.asking = 0;
      this.turnedAway = 0;
      this.twice = 0;
      this.gone = 0;
      this.rest = 0;
      this.until = 0;
      this.sku = `plug-${crypto.randomUUID().slice(0, 8)}`;
    }

    // One call as somebody of that role. Throws TypeError or a DOMException when no answer comes.
    async call(role, path, { method = "GET", body, headers = {} } = {}) {
      return fetch(path, {
        method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE),
        headers: { Authorization: `Bearer ${await this.token(role)}`, "Accept-Language": document.documentElement.lang,
          ...(body ? { "Content-Type": "application/json" } : {}), ...headers },
      });
    }

    async token(role) {
      const kept = this.tokens.get(role);
      if (kept && kept.until > Date.now()) return kept.token;
      const answer = await fetch(`/demo/token?role=${role}&subject=${this.names.get(role) ?? ""}`, { method: "POST" });
      if (!answer.ok) throw new Error((await answer.json()).title);
      const told = await answer.json();
      this.names.set(role, told.subject);
      this.tokens.set(role, { token: told.access_token, until: Date.now() + (told.expires_in - 60) * 1000 });
      return told.access_token;
    }

    // A product, its stock and a full wallet. Throws Error with the problem's title.
    async prepare() {
      await this.done("admin", "/v1/products", { sku: this.sku, name: "試験茶 Trial tea", category: "plug", unit_price: { amount: PRICE, currency: "JPY" } });
      await this.done("admin", `/v1/products/${this.sku}/replenishments`, { quantity: STOCK, reason: "receive" });
      await this.token("customer");
      await this.done("customer", `/v1/wallets/${this.customer}/deposits`, { amount: PRICE * STOCK, currency: "JPY" });
    }

    get customer() { return this.names.get("customer"); }

    async done(role, path, body) {
      const answer = await this.call(role, path, { method: "POST", body, headers: { "Idempotency-Key": crypto.randomUUID(), Prefer: "wait=3" } });
      if (answer.status !== 200) throw new Error((await answer.json()).title ?? String(answer.status));
    }

    // Orders come for so many seconds from now on.
    run(seconds) {
      this.until = Math.max(this.until, Date.now() + seconds * 1000);
      this.ticking ??= setInterval(() => {
        if (Date.now() > this.until) this.ticking = clearInterval(this.ticking);
        else if (this.asking < AT_ONCE && this.orders.size + this.asking < STOCK) this.place();
      }, EVERY);
    }

    get running() { return this.ticking !== undefined; }

    // One order, sent again with the same key until the edge has taken it.
    async place() {
      const end = Date.now() + ASK_AGAIN;
      const body = {
        customer_id: this.customer, items: [{ sku: this.sku, quantity: 1 }], payment_method: "wallet",
        shipping_address: { postal_code: "100-0001", prefecture: "JP-13", city: "千代田区", line1: "千代田1-1", recipient: "飛脚 太郎", phone: "+819012345678" },
      };
      const headers = { "Idempotency-Key": crypto.randomUUID() };
      this.asking += 1;
      try {
        while (Date.now() < end) {
          const answer = await this.call("customer", "/v1/orders", { method: "POST", body, headers }).catch(() => null);
          if (answer?.status === 202) return this.accepted((await answer.json()).order_id);
          this.turnedAway += 1;
          await pause(400 + 200 * Math.random());
        }
      } finally {
        this.asking -= 1;
      }
    }

    accepted(id) {
      if (this.orders.has(id)) this.twice += 1;
      else this.orders.set(id, { since: this.calm, status: "", later: false });
      this.strangers.delete(id);
    }

    // Reads the books once; `seconds` have passed since the last time, `calm` when no fault runs. Throws when they can't be read.
    async look(seconds, calm) {
      if (calm) this.calm += seconds;
      const busy = this.asking > 0 || this.waiting > 0;
      this.gone = STOCK - (await this.read(`/v1/products/${this.sku}/stock`)).on_hand;
      await this.turn(`/v1/wallets/${this.customer}/entries`, (one) => this.entry(one));
      const oldest = this.open.sort()[0] ?? "~"; // ids are in the order of time
      await this.turn(`/v1/orders?customer_id=${this.customer}`, (one) => this.order(one) && one.order_id < oldest);
      this.rest = busy || this.asking || this.waiting ? 0 : this.rest + 1;
    }

    async read(path) {
      const answer = await this.call("customer", path);
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }

    // Pages of a list, newest first, until `known` says of a whole page that it holds no news.
    async turn(path, known) {
      let cursor = "";
      for (let page = 0; page < PAGES && cursor !== null; page += 1) {
        const told = await this.read(`${path}${path.includes("?") ? "&" : "?"}limit=${PAGE}&cursor=${encodeURIComponent(cursor)}`);
        if (told.items.map(known).every(Boolean)) return;
        cursor = told.next_cursor;
      }
    }

    entry({ entry_id, kind, reference }) {
      if (this.entries.has(entry_id)) return true;
      this.entries.add(entry_id);
      const moved = { payment: this.payments, refund: this.refunds }[kind];
      moved?.set(reference, (moved.get(reference) ?? 0) + 1);
      return false;
    }

    order({ order_id, status, modes }) {
      const ours = this.orders.get(order_id);
      if (!ours) {
        const known = this.strangers.has(order_id);
        if (!known) this.strangers.set(order_id, this.calm);
        return known;
      }
      const known = FINAL.has(ours.status);
      Object.assign(ours, { status, later: modes.includes("pay_later") });
      return known;
    }

    get open() { return [...this.orders].filter(([, { status }]) => !FINAL.has(status)).map(([id]) => id); }
    get waiting() { return this.open.length; }
    get decided() { return this.orders.size - this.waiting; }
    get confirmed() { return [...this.orders.values()].filter(({ status }) => SOLD.has(status)).length; }
    get refused() { return this.decided - this.confirmed; }
    get paid() { return [...this.orders.keys()].filter((id) => this.kept(id) > 0).length; }
    // Nothing is under way any more, and everything agrees or can't agree any more.
    get settled() { return !this.running && this.rest >= REST && (this.agrees || this.lost + this.doubled > 0); }

    get agrees() { return this.gone === this.confirmed && [...this.orders].every(([id, one]) => this.rightly(id, one)); }

    // Whether the money of a decided order is where it should be.
    rightly(id, { status, later }) { return SOLD.has(status) ? later || this.kept(id) === 1 : this.kept(id) === 0; }

    kept(id) { return (this.payments.get(id) ?? 0) - (this.refunds.get(id) ?? 0); }

    // Though there was time enough: not decided, confirmed and not paid, or refused and not paid back; and pieces that should be gone.
    get lost() {
      const late = [...this.orders].filter(([id, one]) =>
        this.calm - one.since > LATE && (!FINAL.has(one.status) || (this.kept(id) < 2 && !this.rightly(id, one))));
      return late.length + (this.rest >= REST ? Math.max(0, this.confirmed - this.gone) : 0);
    }

    // Answered to two orders, paid more than once, in the book though nobody was told, and pieces gone beyond the orders.
    get doubled() {
      const paid = [...this.payments.values()].reduce((sum, times) => sum + times - 1, 0);
      const strangers = [...this.strangers.values()].filter((since) => this.calm - since > LATE).length;
      const due = this.rest >= REST ? this.confirmed : this.orders.size + this.strangers.size + this.asking;
      return this.twice + paid + strangers + Math.max(0, this.gone - due);
    }
  };
})();
