// A plan, two invitations to one slot, a long press held by the visitor, the seal, and the refusal of whoever is second.
"use strict";
flow("pledge", async (card) => {
  const HOLD = 1600; // ms from the token on; the server wants 1,500
  const { say, element } = card;
  const cast = await card.as("cast");
  const guest = await card.as("guest");
  const second = await card.as("guest");
  const tomorrow = new Date(Date.now() + 24 * 3600e3);
  tomorrow.setMinutes(0, 0, 0);
  const plan = await cast.call("POST", "/v1/plans", {
    name: "夜のお散歩 Evening walk", minutes: 120, price: { amount: 20000, currency: "JPY" }, slots: [tomorrow.toISOString()],
  });
  await cast.until(`/v1/plans/${plan.plan_id}/slots`, (one) => one.slots[0]?.state === "free");
  const invite = (one) => cast.call("POST", "/v1/invitations", { plan_id: plan.plan_id, guest_id: one.subject, date: tomorrow.toISOString() });
  const mine = await invite(guest);
  const other = await invite(second);
  const messages = `/v1/rooms/${mine.room_id}/messages`;
  const { items } = await guest.until(messages, (one) => one.items.length === 1);

  const when = new Date(items[0].card.starts_at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const letter = element("div", "letter", element("b", "", say("An invitation for you", "あなたへの招待状")), ` ${items[0].card.plan.name}, ${when}, ¥20,000`);
  const button = element("button", "pledge", say("Hold to pledge", "長押しで誓う"));
  const told = element("p", "note", "");
  button.type = "button";
  told.setAttribute("role", "status");
  card.result(letter, button, told);
  await held();
  button.remove();

  const { items: sealed } = await guest.until(messages, (one) => one.items.some((message) => message.kind === "seal"));
  letter.append(wax());
  told.textContent = say(`Message ${sealed.at(-1).number} of the room is the wax seal; it is there once.`, `ルームの ${sealed.at(-1).number} 番目のメッセージが封蝋です。一度だけ押されます。`);
  await second.refused("POST", `/v1/bookings/${other.reservation_id}/press`);
  const notices = await cast.until(`/v1/users/${cast.subject}/notifications`, (one) => one.items.some((notice) => notice.kind === "booking_confirmed"));
  const notice = notices.items.find((one) => one.kind === "booking_confirmed");
  card.result(letter, told, element("p", "", `${say("The cast is told", "キャストへの通知")}: ${say(notice.text.en, notice.text.ja)}`));

  // Resolves with the pledge that was held long enough. Pointer, touch, and the space and enter keys press alike.
  function held() {
    return new Promise((done, failed) => {
      let press = null;
      const begin = async (event) => {
        if (press || event.repeat || (event.key && event.key !== " " && event.key !== "Enter")) return;
        event.preventDefault();
        // The log grows above the button and moves it away from the finger, which holds it all the same.
        if (event.pointerId !== undefined) button.setPointerCapture(event.pointerId);
        const now = (press = { over: false });
        button.classList.add("held");
        try {
          const begun = await guest.call("POST", `/v1/bookings/${mine.reservation_id}/press`);
          const since = performance.now();
          const timer = setTimeout(() => { told.textContent = say("Now let go.", "離してください。"); }, HOLD);
          await new Promise((released) => (now.over ? released() : (now.release = released)));
          clearTimeout(timer);
          button.classList.remove("held");
          const pledge = [`/v1/bookings/${mine.reservation_id}/pledge`, { pledge_token: begun.pledge_token }];
          if (performance.now() - since >= HOLD) return done(await guest.call("POST", ...pledge));
          const problem = await guest.refused("POST", ...pledge);
          told.textContent = `${problem.title}.`;
        } catch (error) {
          return failed(error);
        }
        press = null;
      };
      const end = () => {
        if (!press) return;
        press.over = true;
        press.release?.();
      };
      for (const name of ["pointerdown", "keydown"]) button.addEventListener(name, begin);
      for (const name of ["pointerup", "pointercancel", "keyup", "blur"]) button.addEventListener(name, end);
      button.addEventListener("contextmenu", (event) => event.preventDefault());
    });
  }

  function wax() {
    const seal = document.createElement("img");
    seal.src = "/static/flows/seal.svg";
    seal.alt = say("Wax seal", "封蝋");
    seal.className = "seal";
    return seal;
  }
});
