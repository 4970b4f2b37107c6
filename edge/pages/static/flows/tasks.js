// Register, get a task from somebody else, be renamed, and read list and notice; and once a task for nobody.
"use strict";
flow("tasks", async (card) => {
  const admin = await card.as("admin");
  const user = await card.as("customer");
  const me = `/v1/users/${user.subject}`;
  await user.call("POST", "/v1/users", { name: "飛脚 太郎", email: `${user.subject}@example.jp` });
  const { task_id } = await admin.call("POST", "/v1/tasks", { user_id: user.subject, title: "荷物を届ける", priority: "high" });
  card.note(card.say("A task for somebody who does not exist: nothing is created.", "存在しないユーザーへのタスクです。何も作られません。"));
  await admin.refused("POST", "/v1/tasks", { user_id: `nobody-${Date.now()}`, title: "?" });
  await user.call("PATCH", me, { name: "飛脚 花子", version: 1 });
  const list = await user.until("/v1/tasks?status=todo", (page) => page.items[0]?.user.name === "飛脚 花子");
  await user.call("PATCH", `/v1/tasks/${task_id}`, { status: "in_progress" });
  const told = await user.until(`${me}/notifications`, (page) => page.items.length > 0);
  const [notice] = told.items;
  card.result(
    card.element("p", "", `${list.items[0].title} · ${list.items[0].user.name}`),
    card.element("p", "", `${card.say("Told", "通知")}: ${card.say(notice.text.en, notice.text.ja)}`),
  );
});
