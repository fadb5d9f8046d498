"""Makes a client in JavaScript (an ES module, typed by JSDoc) out of docs/openapi.json, as a stranger's generator would:
generate_client.py OPENAPI OUT.mjs. One function an operation; schemas are typedefs."""
import json
import re
import sys

RUNTIME = '''
/** What the server answers when it refuses: an RFC 9457 problem document. */
export class Problem extends Error {
  constructor(status, problem) {
    super(`${status} ${problem.detail}`);
    this.status = status;
    this.problem = problem;
  }
}

export class Client {
  /** @param {string} url @param {string} token */
  constructor(url, token) {
    this.url = url;
    this.token = token;
  }

  async _call(method, path, query, headers, body, documented) {
    const url = new URL(this.url + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const sent = { Authorization: `Bearer ${this.token}` };
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent[name] = value;
    if (body !== undefined) sent["Content-Type"] = "application/json";
    const response = await fetch(url, { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) });
    const type = (response.headers.get("Content-Type") ?? "").split(";")[0];
    if (!documented.includes(response.status)) throw new Error(`${method} ${path}: ${response.status} is in no document`);
    if (type === "text/event-stream") return response.body;
    const text = await response.text();
    const answer = type.endsWith("json") ? JSON.parse(text) : text;
    if (response.status >= 400) throw new Problem(response.status, answer);
    return answer;
  }
'''


def type_of(schema):
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if "allOf" in schema:
        return " & ".join(map(type_of, schema["allOf"]))
    if "enum" in schema:
        return "(" + "|".join(json.dumps(value) for value in schema["enum"]) + ")"
    types = schema.get("type", "any")
    names = {"integer": "number", "null": "null", "string": "string", "number": "number", "boolean": "boolean", "any": "any"}
    out = []
    for name in [types] if isinstance(types, str) else types:
        if name == "array":
            out.append(f"Array<{type_of(schema.get('items', {}))}>")
        elif name == "object":
            members = [f"{json.dumps(key)}{'' if key in schema.get('required', []) else '?'}: {type_of(value)}" for key, value in schema.get("properties", {}).items()]
            out.append("{" + ", ".join(members) + "}" if members else "Object")
        else:
            out.append(names[name])
    return "|".join(out)


def answer_of(operation):
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            for media, content in response.get("content", {}).items():
                return type_of(content["schema"]) if media.endswith("json") else "string"
    return "void"


def function_of(method, path, operation):
    parameters = operation.get("parameters", [])
    in_path = [p["name"] for p in parameters if p["in"] == "path"]
    others = [p for p in parameters if p["in"] != "path"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    documented = [int(status) for status in operation["responses"] if status != "default"]
    doc = [f"{operation['summary']}."] + [f"@param {{string}} {name}" for name in in_path]
    arguments = list(in_path)
    if body:
        doc.append(f"@param {{{type_of(body['schema'])}}} body")
        arguments.append("body")
    if others:
        doc.append("@param {{" + ", ".join(f"{json.dumps(p['name'])}?: {type_of(p['schema'])}" for p in others) + "}} options")
        arguments.append("options = {}")
    doc.append(f"@returns {{Promise<{answer_of(operation)}>}}")
    pick = lambda where: "{" + ", ".join(f"{json.dumps(p['name'])}: options[{json.dumps(p['name'])}]" for p in others if p["in"] == where) + "}"
    url = re.sub(r"\{(\w+)\}", r"${encodeURIComponent(\1)}", path)
    lines = ["", "  /**"] + [f"   * {line}" for line in doc] + ["   */"]
    lines += [f"  {operation['operationId']}({', '.join(arguments)}) {{",
              f"    return this._call({json.dumps(method.upper())}, `{url}`, {pick('query')}, {pick('header')}, {'body' if body else 'undefined'}, {documented});", "  }"]
    return "\n".join(lines)


def generate(document):
    typedefs = [f"/** @typedef {{{type_of(schema)}}} {name} */" for name, schema in document["components"]["schemas"].items()]
    functions = [function_of(method, path, operation) for path, methods in document["paths"].items() for method, operation in methods.items()
                 if "101" not in operation["responses"]]
    return "// Made from openapi.json; do not edit.\n" + "\n".join(typedefs) + "\n" + RUNTIME + "\n".join(functions) + "\n}\n"


if __name__ == "__main__":
    with open(sys.argv[1]) as source, open(sys.argv[2], "w") as out:
        out.write(generate(json.load(source)))
