// What a search must find, written from the contract (3.6, 3.7) alone and without any index: fold, cut into runs, look.
// Shares no code and no idea with the server, so that a fault of one does not hide in the other.

const kLatin = /\p{Script=Latin}/u;
const kCjk = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]/u;
const kLetter = /[\p{L}\p{Mn}\p{Mc}\p{Nl}]/u;
const kNumber = /[\p{Nd}\p{No}]/u;

/** NFKC, lower case, no accents on Latin letters, hiragana for katakana, nothing invisible. */
export function fold(text) {
  const visible = text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  const lower = visible.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ');
  let bare = '';
  let onLatin = false;
  for (const c of lower.normalize('NFD')) {
    if (/\p{M}/u.test(c)) {
      if (!onLatin) bare += c;
    } else {
      onLatin = kLatin.test(c);
      bare += c;
    }
  }
  return bare.normalize('NFKC').replace(/[\u30a1-\u30f6\u30fd\u30fe]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60));
}

function kindOf(c) {
  if (kLetter.test(c)) return kCjk.test(c) ? 'cjk' : 'word';
  return kNumber.test(c) ? 'word' : null;
}

/** The runs of words and of Japanese in folded text: `[{kind, text}]`. */
export function runsOf(folded) {
  const runs = [];
  let open = null;
  for (const c of folded) {
    const kind = kindOf(c);
    if (kind && kind === open) runs.at(-1).text += c;
    else if (kind) runs.push({ kind, text: c });
    open = kind;
  }
  return runs;
}

/** A literal of text: `[{kind, text}]` adjacent runs, the last one a beginning with `prefix`. */
export const textLiteral = (raw, { negated = false, prefix = false } = {}) =>
  ({ kind: 'text', parts: runsOf(fold(raw)), negated, prefix });

function partFits(run, part, { isFirst, isLast, prefix }) {
  if (run.kind !== part.kind) return false;
  if (isFirst && isLast) {
    if (part.kind === 'cjk') return run.text.includes(part.text);
    return prefix ? run.text.startsWith(part.text) : run.text === part.text;
  }
  if (isFirst && part.kind === 'cjk') return run.text.endsWith(part.text);
  if (isLast && (part.kind === 'cjk' || prefix)) return run.text.startsWith(part.text);
  return run.text === part.text;
}

/** Whether the literal of text occurs in these runs. */
export function occurs(runs, { parts, prefix }) {
  const last = parts.length - 1;
  for (let at = 0; at + last < runs.length; ++at) {
    if (parts.every((part, i) => partFits(runs[at + i], part, { isFirst: i === 0, isLast: i === last, prefix }))) return true;
  }
  return false;
}

/** Folds a document `{content, title, note, username, name, tags, hashtags, category, media, links, archived, time}`. */
export function prepare(document) {
  const runs = (...texts) => texts.filter((text) => text !== null).map((text) => runsOf(fold(text)));
  return {
    ...document,
    fields: [
      { tenths: 10, texts: runs(document.content, document.title) },
      { tenths: 4, texts: runs(document.username, document.name, document.note) },
      { tenths: 2, texts: runs(...document.tags) },
      { tenths: 1, texts: runs(...document.hashtags) },
    ],
    folded: {
      username: fold(document.username), name: fold(document.name), tags: document.tags.map(fold),
      category: document.category === null ? null : fold(document.category),
    },
  };
}

const kHolds = {
  text: (document, literal) => document.fields.some(({ texts }) => texts.some((runs) => occurs(runs, literal))),
  author: ({ folded }, { value }) => folded.username.includes(value) || folded.name.includes(value),
  tag: ({ folded }, { value }) => folded.tags.includes(value),
  category: ({ folded }, { value }) => folded.category === value,
  media: ({ media }) => media.length > 0,
  links: ({ links }) => links.length > 0,
  archived: ({ archived }) => archived,
  untagged: ({ tags }) => tags.length === 0,
  uncategorized: ({ category }) => category === null,
  before: ({ time }, literal) => time < literal.time,
  after: ({ time }, literal) => time >= literal.time,
  nothing: () => false,
};

/** Whether one of each clause holds. Archived documents need a positive `is:archived`. */
export function matches(clauses, document) {
  const literals = clauses.flat();
  const wantsArchived = literals.some(({ kind, negated }) => kind === 'archived' && !negated);
  if (document.archived && !wantsArchived) return false;
  return clauses.every((clause) => clause.some((literal) => kHolds[literal.kind](document, literal) !== literal.negated));
}

/** The literals that score and highlight. */
export const positiveTexts = (clauses) => clauses.flat().filter(({ kind, negated }) => kind === 'text' && !negated);

/** Relevance in tenths: per positive term the weight of every kind of field in which it occurs. */
export function score(clauses, document) {
  let tenths = 0;
  for (const literal of positiveTexts(clauses)) {
    for (const field of document.fields) if (field.texts.some((runs) => occurs(runs, literal))) tenths += field.tenths;
  }
  return tenths;
}
