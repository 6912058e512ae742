// The rules of the house that no compiler checks. Pure: files in, problems out. Each rule carries a broken example,
// so that `scripts/lint --self-test` can prove that it is able to fail.

import { readYaml } from '../cmake/yaml.mjs';
import { compareRoutes, routesOf } from './openapi_routes.mjs';

const kFileLinesMax = 600;
const kFunctionLinesMax = 70;
// Tables may be longer than code.
const kTables = new Set(['src/http/problem.cpp', 'src/text/query_parser_test.cpp']);
const kLongFiles = new Set(['docs/openapi.yaml', 'web/package-lock.json']);

const kLevels = {
  base: 0,
  text: 1, guard: 1, observe: 1,
  postgres: 2, redis: 2, http: 2, fetch: 2,
  cache: 3, idempotency: 3, storage: 3,
  jobs: 3.5, // watches the versions that cache/ hears of
};
const kFeatureLevel = 4;
const kRootLevel = 5;

const isCpp = (path) => /^src\/.*\.(cpp|hpp)$/.test(path);
const isTest = (path) => /_test\.(cpp|hpp)$/.test(path);
const folderOf = (path) => path.match(/^src\/(?:([^/]+)\/)?/)?.[1] ?? '';
const levelOf = (folder) => (folder === '' ? kRootLevel : (kLevels[folder] ?? kFeatureLevel));

/** Every `#include "folder/…"` with its line. */
function includes(file) {
  return file.text.split('\n').flatMap((line, index) => {
    const found = line.match(/^\s*#\s*include\s+"([^"]+)"/);
    return found ? [{ line: index + 1, target: found[1] }] : [];
  });
}

/** String literals of C++ with their line; comments are skipped, raw strings understood. */
export function stringLiterals(text) {
  const pattern = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^()\\\s]{0,16})\(([\s\S]*?)\)\1"|"((?:[^"\\\n]|\\.)*)"|'(?:[^'\\\n]|\\.){1,8}'/g;
  const found = [];
  let line = 1;
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    for (; from < match.index; ++from) if (text[from] === '\n') ++line;
    const value = match[2] ?? match[3];
    if (value !== undefined) found.push({ line, value });
  }
  return found;
}

/** folder → folders that CMakeLists.txt lets it use. */
export function declaredUses(cmake) {
  return new Map([...cmake.matchAll(/^xbm_folder\((\w+)\s+USES\s+"([^"]*)"/gm)].map((m) => [m[1], m[2].split(';')]));
}

function includeDirection(files) {
  const uses = declaredUses(files.find((f) => f.path === 'CMakeLists.txt')?.text ?? '');
  const folders = new Set(files.filter((f) => isCpp(f.path)).map((f) => folderOf(f.path)));
  return files.filter((f) => isCpp(f.path)).flatMap((file) => {
    const own = folderOf(file.path);
    return includes(file).flatMap(({ line, target }) => {
      const other = target.includes('/') ? target.split('/')[0] : '';
      // A header without a folder lies in src/ itself, or, for tests, in tests/support.
      if (other === '' && isTest(file.path) && !files.some((f) => f.path === `src/${target}`)) return [];
      if (other === own || !folders.has(other)) return [];
      const report = (why) => [{ path: file.path, line, text: `${own || 'src'} includes ${target}: ${why}` }];
      if (levelOf(other) > levelOf(own)) return report(`level ${levelOf(other)} from level ${levelOf(own)}`);
      if (levelOf(own) === kRootLevel) return [];
      if (levelOf(own) === kFeatureLevel || levelOf(other) < levelOf(own)) {
        return (uses.get(own) ?? []).includes(other) ? [] : report('CMakeLists.txt does not list it in USES');
      }
      return report('a folder of the same level');
    });
  });
}

const kSql = /\b(SELECT\s+[\w*("'$]|INSERT\s+INTO\s|UPDATE\s+\w+\s+(AS\s+\w+\s+)?SET\s|DELETE\s+FROM\s)/;

function sqlPlace(files) {
  const allowed = (path) => /_sql\.(cpp|hpp)$/.test(path) || path.startsWith('src/postgres/') || isTest(path);
  return files.filter((f) => isCpp(f.path) && !allowed(f.path)).flatMap((file) =>
    stringLiterals(file.text).filter((literal) => kSql.test(literal.value)).map((literal) => ({
      path: file.path, line: literal.line, text: 'SQL belongs into a *_sql file',
    })));
}

function httpPlace(files) {
  const allowed = (path) => /_routes\.(cpp|hpp)$/.test(path) || isTest(path);
  return files
    .filter((f) => isCpp(f.path) && levelOf(folderOf(f.path)) === kFeatureLevel && !allowed(f.path))
    .flatMap((file) => includes(file).filter((i) => i.target.startsWith('http/')).map((i) => ({
      path: file.path, line: i.line, text: `only *_routes files include ${i.target}`,
    })));
}

function architecture(files) {
  const text = files.find((f) => f.path === 'docs/ARCHITECTURE.md')?.text;
  if (text === undefined) return [{ path: 'docs/ARCHITECTURE.md', line: 1, text: 'missing' }];
  const folders = new Set(files.filter((f) => isCpp(f.path)).map((f) => folderOf(f.path)).filter(Boolean));
  return [...folders].filter((folder) => !new RegExp(`\\b${folder}/`).test(text))
    .map((folder) => ({ path: 'docs/ARCHITECTURE.md', line: 1, text: `does not name ${folder}/` }));
}

function interfaceDocument(files) {
  const table = files.find((f) => f.path === 'src/routes.cpp');
  if (!table) return [];
  const path = 'docs/openapi.yaml';
  const routes = routesOf(table.text);
  if (routes.length !== table.text.match(/\{\s*Method::/g)?.length) return [{ path: table.path, line: 1, text: 'a row that is not understood' }];
  try {
    const document = readYaml(files.find((f) => f.path === path)?.text ?? '');
    return compareRoutes(routes, document).map(({ line, text }) => (line ? { path: table.path, line, text } : { path, line: 1, text }));
  } catch (error) {
    return [{ path, line: 1, text: error.message }];
  }
}

// What a stranger may guess byte by byte if the time of a comparison tells how far he got.
const kSecret = '\\w*(?:secret|password|signature|csrf|hmac)\\w*|\\w*(?:access|refresh|api|metrics|session|bearer)_(?:token|cookie)\\w*';
const kHarmless = '(?!\\s*(?:nullptr|std::nullopt|true|false|\\d|"|\'))';
const kComparisons = [
  new RegExp(`(?:^|[^\\w.>:])[*&]?(?:\\w+(?:\\.|->|::))*(?:${kSecret})(?:\\(\\))?\\s*[=!]=${kHarmless}`),
  new RegExp(`(?<!(?:nullptr|std::nullopt|true|false|\\d|["'])\\s*)[=!]=\\s*[*&]?(?:\\w+(?:\\.|->)|[a-z]\\w*::)*(?:${kSecret})\\b(?!\\s*(?:\\(\\))?(?:\\.|->|::)(?!value\\b))`),
  new RegExp(`\\b(?:memcmp|strn?cmp|bcmp|equal|compare)\\s*\\([^;]*\\b(?:${kSecret})\\b`),
  new RegExp(`\\b(?:${kSecret})(?:\\(\\))?\\.compare\\(`),
];

function constantTime(files) {
  return files.filter((f) => isCpp(f.path) && !isTest(f.path) && !/_sql\.(cpp|hpp)$/.test(f.path)).flatMap((file) =>
    file.text.split('\n').flatMap((line, index) => {
      const code = line.replace(/\/\/.*$/, '');
      return kComparisons.some((pattern) => pattern.test(code))
        ? [{ path: file.path, line: index + 1, text: 'secrets are compared with base::equal_constant_time' }] : [];
    }));
}

const isSource = (path) =>
  /\.(cpp|hpp|mjs|js|ts|tsx|css|sql|cmake|sh)$/.test(path) || /^(run|test|\.ci\/run|scripts\/[\w-]+)$/.test(path);

function fileLength(files) {
  return files.filter((f) => isSource(f.path) && !kLongFiles.has(f.path)).flatMap((file) => {
    const lines = file.text.split('\n').length - 1;
    return lines > kFileLinesMax ? [{ path: file.path, line: lines, text: `${lines} lines; at most ${kFileLinesMax}` }] : [];
  });
}

// By the layout that clang-format guarantees: a body at namespace level ends with `}` in column 0, one in a class with
// `}` in column 4. Initialised tables (`= {`) are not functions.
function functionLength(files) {
  return files.filter((f) => isCpp(f.path) && !kTables.has(f.path)).flatMap((file) => {
    const found = [];
    for (const indent of ['', '    ']) {
      let begin = 0;
      file.text.split('\n').forEach((line, index) => {
        const opens = line.startsWith(indent) && /^[^\s}#/]/.test(line.slice(indent.length)) && line.endsWith('{');
        if (opens || (line.startsWith(indent + '    ') && line.endsWith(') {') && begin === 0)) {
          begin = /^\s*(namespace|class|struct|enum|union|extern)\b/.test(line) || /=\s*\{$|\{\{$/.test(line) ? 0 : index + 1;
        } else if (line === indent + '}' && begin > 0) {
          const lines = index + 2 - begin;
          if (lines > kFunctionLinesMax) {
            found.push({ path: file.path, line: begin, text: `function of ${lines} lines; at most ${kFunctionLinesMax}` });
          }
          begin = 0;
        } else if (line === indent + '};') {
          begin = 0; // of a class, whose functions are measured one level deeper
        } else if (indent !== '' && line.startsWith('}')) {
          begin = 0; // what closed with `});` was a lambda inside a function that ends here
        }
      });
    }
    return found;
  });
}

// Put together from pieces, so that this file does not break its own rule.
const kBanned = [
  { pattern: new RegExp(`(?<![\\w.$}*-])/(${['wo' + 'rk', 'ro' + 'ot', 'ho' + 'me/\\w+'].join('|')})/`), text: 'a path of one machine' },
  { pattern: new RegExp(`registry\\.${'npmjs'}\\.org|registry\\.${'yarnpkg'}\\.com`), text: 'the host of a package registry' },
  { pattern: new RegExp(`\\b(${'TO'}${'DO'}|${'FIX'}${'ME'}|${'X'}XX)\\b`), text: 'an open end' },
];

function bannedText(files) {
  return files.flatMap((file) => file.text.split('\n').flatMap((line, index) =>
    kBanned.filter(({ pattern }) => pattern.test(line)).map(({ text }) => ({ path: file.path, line: index + 1, text }))));
}

const lines = (count, text) => Array(count).fill(text).join('\n') + '\n';
const cmake = { path: 'CMakeLists.txt', text: 'xbm_folder(base USES "" LIBS x)\nxbm_folder(bookmarks USES "base" LIBS x)\n' };
const cpp = (path, text) => ({ path, text });
const row = { path: 'src/routes.cpp', text: '    cached(kList, {Method::get, "/b", "b.list", Auth::read, kFail, list}),\n' };
const documented = { path: 'docs/openapi.yaml', text: 'paths:\n  /b:\n    get:\n      x-auth: read\n' };

/** name, check(files) → [{path, line, text}], broken examples (each must be reported), good ones (must not be). */
export const rules = [
  {
    name: 'include direction', check: includeDirection,
    broken: [
      [cmake, cpp('src/base/a.hpp', '#include "bookmarks/b.hpp"\n'), cpp('src/bookmarks/b.hpp', '')],
      [cmake, cpp('src/bookmarks/b.hpp', '#include "text/t.hpp"\n'), cpp('src/text/t.hpp', '')],
      [cmake, cpp('src/http/h.hpp', '#include "postgres/p.hpp"\n'), cpp('src/postgres/p.hpp', '')],
      [cmake, cpp('src/bookmarks/b.hpp', '#include "app.hpp"\n'), cpp('src/app.hpp', '')],
    ],
    good: [[cmake, cpp('src/bookmarks/b.hpp', '#include "base/a.hpp"\n#include "bookmarks/c.hpp"\n'), cpp('src/base/a.hpp', ''),
      cpp('src/main.cpp', '#include "bookmarks/b.hpp"\n')]],
  },
  {
    name: 'SQL only in *_sql', check: sqlPlace,
    broken: [
      [cpp('src/bookmarks/bookmark.cpp', 'auto s = "SELECT id FROM bookmark";\n')],
      [cpp('src/bookmarks/b.cpp', '// text\nauto s = R"sql(\n  UPDATE bookmark SET a = 1)sql";\n')],
    ],
    good: [[cpp('src/bookmarks/bookmark_sql.cpp', 'auto s = "SELECT id FROM bookmark";\n'),
      cpp('src/bookmarks/b.cpp', '// SELECT id FROM x\nauto s = "Select a file";\n')]],
  },
  {
    name: 'HTTP only in *_routes', check: httpPlace,
    broken: [[cpp('src/bookmarks/bookmark.hpp', '#include "http/request.hpp"\n')]],
    good: [[cpp('src/bookmarks/bookmark_routes.cpp', '#include "http/request.hpp"\n')]],
  },
  {
    name: 'secrets compared in constant time', check: constantTime,
    broken: ['if (given == csrf_token(session)) {', 'return *password != *confirm;', 'if (options_.metrics_token == token)', 'ok = std::ranges::equal(mac, signature);',
      'if (memcmp(a, api_token.data(), n) == 0)', 'if (secret.compare(other) == 0)', 'return claims.signature() == expected;', 'if (x == login->refresh_token) {']
      .map((line) => [cpp('src/accounts/a.cpp', `    ${line}\n`)]),
    good: [[cpp('src/accounts/a.cpp', ['if (base::equal_constant_time(*given, accounts_.csrf_token(session))) return {};', 'if (app.client_secret.empty()) return;',
      'if (signature == nullptr) return;', 'if (kind == Secret::Kind::none) return;', 'if (password.size() == other.size()) return;', '// a == secret',
      'if (token == kind) return;', 'return credential != base::Credential::api_token;'].join('\n'))], [cpp('src/accounts/a_test.cpp', 'EXPECT_TRUE(a == secret);\n')]],
  },
  {
    name: 'ARCHITECTURE.md names every folder', check: architecture,
    broken: [[cpp('src/text/a.cpp', ''), { path: 'docs/ARCHITECTURE.md', text: 'base/ is the bottom' }], []],
    good: [[cpp('src/text/a.cpp', ''), { path: 'docs/ARCHITECTURE.md', text: 'text/ folds' }]],
  },
  {
    name: 'every route is in openapi.yaml', check: interfaceDocument,
    broken: [
      [row, { ...documented, text: documented.text.replace('/b:', '/c:') }],
      [row, { ...documented, text: documented.text.replace('read', 'write') }],
      [row, { ...documented, text: documented.text.replace('get', 'post') }],
      [row, { ...documented, text: `${documented.text}      x-planned: true\n` }],
      [row, { ...documented, text: `${documented.text}  /c:\n    get: {x-auth: read}\n` }],
      [row, { ...documented, text: `${documented.text}  /b:\n    get: {x-auth: read}\n` }],
      [row],
      [{ ...row, text: row.text.replace('Auth::read', 'kRead') }, documented],
    ],
    good: [[row, documented], [row, { ...documented, text: `${documented.text}  /c:\n    get: {x-auth: read, x-planned: true}\n` }]],
  },
  {
    name: `files of at most ${kFileLinesMax} lines`, check: fileLength,
    broken: [[cpp('src/base/a.cpp', lines(kFileLinesMax + 1, 'x'))]],
    good: [[cpp('src/base/a.cpp', lines(kFileLinesMax, 'x'))]],
  },
  {
    name: `functions of at most ${kFunctionLinesMax} lines`, check: functionLength,
    broken: [
      [cpp('src/base/a.cpp', `int f() {\n${lines(kFunctionLinesMax - 1, '    g();')}}\n`)],
      [cpp('src/base/a.cpp', `class A {\n    int f() {\n${lines(kFunctionLinesMax - 1, '        g();')}    }\n};\n`)],
      [cpp('src/base/a.cpp', `int f(int a,\n      int b) {\n${lines(kFunctionLinesMax, '    g();')}}\n`)],
    ],
    good: [[cpp('src/base/a.cpp', `int f() {\n${lines(kFunctionLinesMax - 2, '    g();')}}\n`)]],
  },
  {
    name: 'nothing of one machine', check: bannedText,
    broken: [[cpp('docs/a.md', `see /wo${'rk'}/x\n`)], [cpp('src/a.cpp', `// TO${'DO'}\n`)],
      [cpp('a.json', `https://registry.npmjs${'.org'}/x\n`)]],
    good: [[cpp('docs/a.md', 'a network/root/x of /var/lib\n')]],
  },
];
