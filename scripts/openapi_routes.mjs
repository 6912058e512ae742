// Compares the table of routes with docs/openapi.yaml. Pure; for scripts/lint, which reads src/routes.cpp, and for the
// integration tests, which ask the program.

const kMethods = { del: 'DELETE' };
const kDocumentMethods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace'];
const kAuths = ['none', 'optional', 'login', 'interactive', 'admin', 'read', 'write', 'metrics'];

/** `/api/tags/:name` as OpenAPI writes it. */
const templateOf = (pattern) => pattern.replace(/:(\w+)/g, '{$1}');

/** The rows of src/routes.cpp: `[{method, pattern, auth, line}]`. */
export function routesOf(text) {
  return [...text.matchAll(/\{\s*Method::(\w+),\s*"([^"]+)",\s*"[^"]*",\s*Auth::(\w+)/g)].map((found) => ({
    method: kMethods[found[1]] ?? found[1].toUpperCase(), pattern: found[2], auth: found[3],
    line: text.slice(0, found.index).split('\n').length,
  }));
}

/** The operations of the document: `[{method, path, auth, isPlanned, operation}]`. */
export function operationsOf(document) {
  return Object.entries(document?.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item).filter(([method]) => kDocumentMethods.includes(method)).map(([method, operation]) => ({
      method: method.toUpperCase(), path, auth: operation['x-auth'], isPlanned: operation['x-planned'] === true, operation,
    })));
}

/** What the two do not agree on: `[{line?, text}]`; `line` is that of the route. */
export function compareRoutes(routes, document) {
  const operations = new Map(operationsOf(document).map((each) => [`${each.method} ${each.path}`, each]));
  const differences = [];
  for (const { method, pattern, auth, line } of routes) {
    const name = `${method} ${templateOf(pattern)}`;
    const found = operations.get(name);
    operations.delete(name);
    if (!found) differences.push({ line, text: `${name} is not in docs/openapi.yaml` });
    else if (found.isPlanned) differences.push({ line, text: `${name} is served, but docs/openapi.yaml says x-planned` });
    else if (found.auth !== auth) differences.push({ line, text: `${name}: the table says ${auth}, docs/openapi.yaml x-auth: ${found.auth}` });
  }
  for (const [name, { isPlanned, auth }] of operations) {
    if (!kAuths.includes(auth)) differences.push({ text: `${name} has no x-auth` });
    if (!isPlanned) differences.push({ text: `${name} is in docs/openapi.yaml, but not served: x-planned is missing` });
  }
  return differences;
}
