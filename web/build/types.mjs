/* Prints the OpenAPI document as TypeScript: every schema, and every call by "METHOD /path". */
const quote = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

function object(s) {
  const members = Object.entries(s.properties ?? {});
  if (members.length === 0) {
    if (s.additionalProperties && typeof s.additionalProperties === "object")
      return `Record<string, ${type(s.additionalProperties)}>`;
    return "Record<string, unknown>";
  }
  const required = new Set(s.required ?? []);
  const lines = members.map(([name, m]) => {
    const doc = m.description ? `/** ${m.description.replaceAll("*/", "* /")} */ ` : "";
    return `  ${doc}${quote(name)}${required.has(name) ? "" : "?"}: ${type(m)};`;
  });
  return `{\n${lines.join("\n")}\n}`;
}

function type(s) {
  if (!s || Object.keys(s).length === 0) return "unknown";
  if (s.$ref) return s.$ref.split("/").at(-1);
  if (s.const !== undefined) return JSON.stringify(s.const);
  const any = s.anyOf ?? s.oneOf;
  if (any) return [...new Set(any.map(type))].join(" | ");
  const kinds = Array.isArray(s.type) ? s.type : [s.type];
  const parts = kinds.map((kind) => {
    if (kind === "null") return "null";
    if (s.enum) return s.enum.filter((v) => v !== null).map((v) => JSON.stringify(v)).join(" | ");
    if (kind === "array") return `(${type(s.items)})[]`;
    if (kind === "object") return object(s);
    return { string: "string", integer: "number", number: "number", boolean: "boolean" }[kind] ?? "unknown";
  });
  return [...new Set(parts)].join(" | ");
}

function content(holder) {
  const media = Object.entries(holder?.content ?? {});
  if (media.length === 0) return "undefined";
  const [name, m] = media[0];
  return name === "application/json" ? type(m.schema) : "string";
}

function members(params, place, optional) {
  const own = (params ?? []).filter((p) => p.in === place);
  if (own.length === 0) return "{}";
  return `{ ${own.map((p) => `${quote(p.name)}${optional ? "?" : ""}: ${place === "path" ? "string" : type(p.schema)}${optional ? " | undefined" : ""}`).join("; ")} }`;
}

export function typesOf(openapi) {
  const out = ["/* Generated from docs/generated/openapi.json by web/build; not to be edited. */", ""];
  for (const [name, s] of Object.entries(openapi.components.schemas)) {
    const text = type(s);
    out.push(text.startsWith("{") ? `export interface ${name} ${text}` : `export type ${name} = ${text};`);
  }
  out.push("", "/** Every call: what it takes and what it answers. */", "export interface Calls {");
  for (const [path, methods] of Object.entries(openapi.paths)) {
    for (const [method, o] of Object.entries(methods)) {
      if (!["get", "post", "put", "patch", "delete"].includes(method)) continue;
      const good = Object.entries(o.responses ?? {}).find(([status]) => status.startsWith("2"))?.[1];
      const body = content(o.requestBody);
      const maybe = o.requestBody && o.requestBody.required === false ? " | undefined" : "";
      out.push(`  ${JSON.stringify(`${method.toUpperCase()} ${path}`)}: { path: ${members(o.parameters, "path", false)}; ` +
        `query: ${members(o.parameters, "query", true)}; body: ${body}${maybe}; reply: ${content(good)} };`);
    }
  }
  out.push("}", "");
  return out.join("\n");
}
