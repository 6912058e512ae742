// A client of server-sent events that shows everything: comments, ids, the way a stream ends.
import { until } from './client.mjs';

/** The fields of one block of a stream; a block of a comment or of `retry` has no `id`. */
function parseBlock(block) {
  const event = {};
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    if (name === '') event.comment = value;
    else event[name] = name === 'data' && event.data !== undefined ? `${event.data}\n${value}` : value;
  }
  if (event.data !== undefined) event.data = JSON.parse(event.data);
  return event;
}

/**
 * Opens a stream. `events` grows; `ended` becomes `clean` when the server ends it as HTTP says, `cut` otherwise.
 * @param {string} url
 * @param {{headers?: Record<string, string>, onEvent?: (event: object) => void}} [options]
 */
export async function openEvents(url, { headers = {}, onEvent = () => {} } = {}) {
  const abort = new AbortController();
  const answer = await fetch(url, { headers, signal: abort.signal });
  const stream = {
    status: answer.status, headers: answer.headers, blocks: [], events: [], ended: undefined, close: () => abort.abort(),
    /** Waits until the events satisfy `probe`. */
    wait: (probe, timeoutMs) => until(() => probe(stream.events), timeoutMs),
    end: () => until(() => stream.ended, 20_000),
  };
  if (answer.status !== 200) {
    stream.body = await answer.json();
    stream.ended = 'clean';
    return stream;
  }
  stream.finished = (async () => {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of answer.body) {
        text += decoder.decode(chunk, { stream: true });
        for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
          const block = parseBlock(text.slice(0, end));
          stream.blocks.push(block);
          if (block.id === undefined) continue;
          stream.events.push(block);
          onEvent(block);
        }
      }
      stream.ended = text === '' ? 'clean' : 'cut';
    } catch {
      stream.ended = 'cut';
    }
  })();
  return stream;
}
