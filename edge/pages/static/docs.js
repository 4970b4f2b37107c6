// Renders openapi.json: every call with its parameters, body and answers.
"use strict";
(async () => {
  const make = (tag, text, className) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  const say = (en, ja) => (document.documentElement.dataset.lang === "ja" ? ja : en);
  const api = await (await fetch("/openapi.json")).json();
  const shape = (schema, depth = 0) => {
    if (!schema || depth > 6) return {};
    if (schema.$ref) return shape(api.components.schemas[schema.$ref.split("/").pop()], depth + 1);
    if (schema.allOf) return shape(schema.allOf[0], depth);
    if (schema.anyOf) return schema.anyOf.map((one) => shape(one, depth)).filter((one) => one !== "null")[0] ?? null;
    if (schema.enum) return schema.enum.join(" | ");
    if (schema.const !== undefined) return schema.const;
    if (schema.type === "object" && schema.properties) {
      return Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, shape(inner, depth + 1)]));
    }
    if (schema.type === "array") return [shape(schema.items ?? (schema.prefixItems ?? [])[0], depth + 1)];
    return schema.format ?? schema.type ?? "any";
  };
  const block = (title, value) => {
    const part = document.createDocumentFragment();
    part.append(make("h2", title), make("pre", JSON.stringify(value, null, 2)));
    return part;
  };
  const target = document.getElementById("paths");
  for (const [path, methods] of Object.entries(api.paths).sort()) {
    for (const [method, call] of Object.entries(methods)) {
      const details = make("details");
      const summary = make("summary");
      summary.append(make("span", method.toUpperCase(), `method ${method}`), make("code", path), ` — ${call.summary}`);
      details.append(summary);
      details.addEventListener("toggle", () => {
        if (details.childElementCount > 1) return;
        if (call["x-guard"]) details.append(make("p", `Authorization: ${call["x-guard"]}`, "note"));
        if (call.parameters?.length) {
          details.append(block(say("Parameters", "パラメーター"), Object.fromEntries(call.parameters.map((one) =>
            [`${one.name} (${one.in}${one.required ? ", required" : ""})`, shape(one.schema)]))));
        }
        for (const [media, body] of Object.entries(call.requestBody?.content ?? {})) details.append(block(media, shape(body.schema)));
        const good = ["202", "201", "200"].find((status) => call.responses[status]);
        for (const [media, body] of Object.entries(call.responses[good]?.content ?? {})) details.append(block(`${good} ${media}`, shape(body.schema)));
        details.append(make("p", Object.keys(call.responses).sort().join(" · "), "note"));
      });
      target.append(details);
    }
  }
})();
