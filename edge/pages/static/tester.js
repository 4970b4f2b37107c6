// The API tester (S3-103): pick a call, fill it in, send it, see the answer and the same as a curl line.
"use strict";
(async () => {
  const by = (id) => document.getElementById(id);
  const api = await (await fetch("/openapi.json")).json();
  const calls = [];
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, call] of Object.entries(methods)) {
      const good = call.responses["200"]?.content ?? {};
      if (!("text/event-stream" in good)) calls.push({ path, method, call });
    }
  }
  calls.sort((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method));
  calls.forEach((one, n) => by("call").add(new Option(`${one.method.toUpperCase()} ${one.path}`, n)));

  const EXAMPLES = {
    customer_id: "CUST-001", customerId: "CUST-001", orderId: "ORDER-123", order_id: "ORDER-123", sku: "TEA-1", productId: "TEA-1",
    name: "Sencha", category: "tea", currency: "JPY", amount: 1000, quantity: 1, low_stock_threshold: 5,
    postal_code: "100-0001", postalCode: "100-0001", prefecture: "東京都", city: "千代田区", line1: "千代田1-1", recipient: "飛脚 太郎",
    phone: "090-1234-5678", reason: "receive",
  };
  const example = (schema, name, depth = 0) => {
    if (!schema || depth > 8) return null;
    if (schema.$ref) return example(api.components.schemas[schema.$ref.split("/").pop()], name, depth + 1);
    if (name in EXAMPLES && schema.type !== "object") return EXAMPLES[name];
    if (schema.default !== undefined) return schema.default;
    if (schema.anyOf) return example(schema.anyOf[0], name, depth);
    if (schema.allOf) return example(schema.allOf[0], name, depth);
    if (schema.enum) return schema.enum[0];
    if (schema.type === "object") {
      const needed = new Set(schema.required ?? []);
      return Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([key]) => needed.has(key))
        .map(([key, inner]) => [key, example(inner, key, depth + 1)]));
    }
    if (schema.type === "array") return [example(schema.items ?? (schema.prefixItems ?? [])[0], "", depth + 1)];
    return { string: "", integer: schema.minimum ?? 1, boolean: false }[schema.type] ?? null;
  };

  const chosen = () => calls[by("call").value];
  const inputs = () => [...by("parameters").querySelectorAll("input")];
  const request = () => {
    const { path, method, call } = chosen();
    let url = path;
    const query = new URLSearchParams();
    const headers = {};
    for (const input of inputs()) {
      if (!input.value) continue;
      if (input.dataset.in === "path") url = url.replace(`{${input.name}}`, encodeURIComponent(input.value));
      else if (input.dataset.in === "query") query.set(input.name, input.value);
      else headers[input.name] = input.value;
    }
    if (by("token").value) headers.Authorization = `Bearer ${by("token").value.trim()}`;
    const media = Object.keys(call.requestBody?.content ?? {})[0];
    if (media) headers["Content-Type"] = media;
    const body = media ? by("body").value : undefined;
    return { url: url + (query.size ? `?${query}` : ""), method: method.toUpperCase(), headers, body };
  };
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const curl = () => {
    const { url, method, headers, body } = request();
    const shown = Object.entries(headers).map(([name, value]) =>
      `-H ${quoted(`${name}: ${name === "Authorization" ? "Bearer $TOKEN" : value}`).replace("'Authorization: Bearer $TOKEN'", '"Authorization: Bearer $TOKEN"')}`);
    by("curl").textContent = [`curl -i -X ${method}`, quoted(location.origin + url), ...shown, ...(body ? [`--data ${quoted(body)}`] : [])].join(" \\\n  ");
  };
  const pick = () => {
    const { call } = chosen();
    by("parameters").replaceChildren(...(call.parameters ?? []).map((one) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      input.name = one.name;
      input.dataset.in = one.in;
      input.required = Boolean(one.required) && one.in === "path";
      if (one.name === "Idempotency-Key") input.value = crypto.randomUUID();
      if (one.name === "Prefer") input.value = "wait=5";
      if (one.in === "path") input.value = EXAMPLES[one.name] ?? "";
      label.append(`${one.name} (${one.in}${one.required ? ", *" : ""})`, input);
      return label;
    }));
    const content = call.requestBody?.content ?? {};
    const media = Object.keys(content)[0];
    by("body-label").hidden = !media;
    by("body").value = !media ? "" : media === "text/csv"
      ? "sku,name,category,unit_price,currency,low_stock_threshold\nTEA-1,Sencha,tea,500,JPY,5\n"
      : JSON.stringify(example(content[media].schema, ""), null, 2);
    curl();
  };
  by("call").addEventListener("change", pick);
  by("form").addEventListener("input", curl);
  by("demo-token").addEventListener("click", async () => {
    const answer = await fetch(`/demo/token?role=${by("role").value}`, { method: "POST" });
    const told = await answer.json();
    by("token").value = told.access_token ?? "";
    by("token-note").textContent = told.subject ?? told.title;
    if (told.subject) {
      EXAMPLES.customer_id = EXAMPLES.customerId = told.subject;
      pick();
    }
  });
  by("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { url, method, headers, body } = request();
    const began = performance.now();
    headers["Accept-Language"] = document.documentElement.lang;
    try {
      const answer = await fetch(url, { method, headers, body });
      const text = await answer.text();
      const took = Math.round(performance.now() - began);
      by("status").textContent = `${answer.status} ${answer.statusText} · ${took} ms · ${answer.headers.get("content-type") ?? ""}`;
      try { by("answer").textContent = JSON.stringify(JSON.parse(text), null, 2); } catch { by("answer").textContent = text; }
    } catch (error) {
      by("status").textContent = String(error);
    }
    const key = inputs().find((one) => one.name === "Idempotency-Key");
    curl();
    if (key) key.value = crypto.randomUUID();
  });
  const wanted = calls.findIndex((one) => one.path === "/v1/orders" && one.method === "post");
  by("call").value = Math.max(0, wanted);
  pick();
})();
