// Reads the part of YAML in which docs/openapi.yaml is written, so that a build needs no package: block mappings and
// sequences, flow collections on one line, plain and quoted scalars, folded text (`>-`). Anything else is an error.
// tests/integration/openapi.test.mjs compares the result with that of a complete reader.

const kPlainValues = { true: true, false: false, null: null, '~': null };
// A plain key ends at `: ` or at a colon that ends the line; in flow collections these characters end a scalar too.
const kKey = /^('(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s'"[\]{},#&*!|>%@`-](?:[^:#]|:(?! |$)|(?<! )#)*?)\s*:(?: +|$)/;
const kFlowEnd = /[,[\]{}]/;

class Reader {
  constructor(text) {
    this.lines = text.split('\n').map((line, index) => ({ number: index + 1, indent: line.search(/\S/), text: line.trim() }));
    this.at = 0;
    const tab = text.indexOf('\t');
    if (tab >= 0) this.fail('a tab', text.slice(0, tab).split('\n').length);
  }

  fail(why, number = this.peek()?.number) {
    throw new Error(`line ${number}: ${why}`);
  }

  /** The next line that is neither empty nor a comment. */
  peek() {
    while (this.at < this.lines.length && (this.lines[this.at].indent < 0 || this.lines[this.at].text.startsWith('#'))) ++this.at;
    return this.lines[this.at];
  }

  node(indent) {
    const line = this.peek();
    return line.text === '-' || line.text.startsWith('- ') ? this.sequence(indent) : this.mapping(indent);
  }

  mapping(indent) {
    const result = {};
    for (let line = this.peek(); line && line.indent >= indent; line = this.peek()) {
      const found = line.indent === indent && kKey.exec(line.text);
      if (!found) this.fail('not `key: value` at this indentation');
      const key = String(this.scalar(found[1]));
      if (Object.hasOwn(result, key)) this.fail(`a second ${key}`);
      ++this.at;
      result[key] = this.value(line.text.slice(found[0].length), indent, line.number);
    }
    return result;
  }

  sequence(indent) {
    const result = [];
    for (let line = this.peek(); line && line.indent >= indent; line = this.peek()) {
      if (line.indent !== indent || !line.text.startsWith('- ')) this.fail('not `- item` at this indentation');
      const rest = line.text.slice(2).trim();
      if (!/^[[{]/.test(rest) && kKey.test(rest)) {
        // A mapping that begins behind the dash.
        this.lines[this.at] = { number: line.number, indent: indent + 2, text: rest };
        result.push(this.mapping(indent + 2));
      } else {
        ++this.at;
        result.push(this.value(rest, indent, line.number));
      }
    }
    return result;
  }

  /** What follows `key:` or `-` on the line, or on the deeper lines below it. */
  value(text, indent, number) {
    if (text === '>-') return this.folded(indent);
    if (text !== '') return this.inline(text, number);
    const next = this.peek();
    return next && next.indent > indent ? this.node(next.indent) : null;
  }

  folded(indent) {
    const words = [];
    for (; this.at < this.lines.length && this.lines[this.at].indent > indent; ++this.at) words.push(this.lines[this.at].text);
    return words.join(' ');
  }

  inline(text, number) {
    this.flow = { text, at: 0, number };
    const result = this.flowValue(/^[[{]/.test(text));
    this.ahead();
    if (this.flow.at !== text.length) this.fail(`unexpected ${text.slice(this.flow.at)}`, number);
    return result;
  }

  /** The next character that is no blank. */
  ahead() {
    while (this.flow.text[this.flow.at] === ' ') ++this.flow.at;
    return this.flow.text[this.flow.at];
  }

  flowValue(nested) {
    const next = this.ahead();
    if (next === '{' || next === '[') return this.collection(next);
    const rest = this.flow.text.slice(this.flow.at);
    const quoted = /^(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")/.exec(rest);
    const end = nested ? rest.search(kFlowEnd) : rest.length;
    const token = quoted ? quoted[0] : rest.slice(0, end < 0 ? rest.length : end);
    this.flow.at += token.length;
    return this.scalar(token.trim());
  }

  collection(open) {
    const close = open === '{' ? '}' : ']';
    const result = open === '{' ? {} : [];
    ++this.flow.at;
    for (let next = this.ahead(); next !== close; next = this.ahead()) {
      if (open === '{') {
        const found = kKey.exec(this.flow.text.slice(this.flow.at));
        if (!found) this.fail('a flow mapping without `key: `', this.flow.number);
        const key = String(this.scalar(found[1]));
        if (Object.hasOwn(result, key)) this.fail(`a second ${key}`, this.flow.number);
        this.flow.at += found[0].length;
        result[key] = this.flowValue(true);
      } else {
        result.push(this.flowValue(true));
      }
      if (this.ahead() === ',') ++this.flow.at;
      else if (this.ahead() !== close) this.fail(`no ${close}`, this.flow.number);
    }
    ++this.flow.at;
    return result;
  }

  scalar(token) {
    const number = this.flow?.number ?? this.peek()?.number;
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (token.startsWith('"')) return JSON.parse(token);
    if (Object.hasOwn(kPlainValues, token)) return kPlainValues[token];
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(token)) return Number(token);
    if (token === '' || /^[&*!|>%@`#?"'-]/.test(token) || / #|: |:$/.test(token)) this.fail(`not understood: ${token}`, number);
    return token;
  }
}

/** The value that `text` describes; throws with the line where it is not understood. */
export function readYaml(text) {
  const reader = new Reader(text);
  const first = reader.peek();
  return first ? reader.node(first.indent) : null;
}
