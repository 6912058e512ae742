// A server with an X of its own, and a user who is connected with it.
import { Client, expectOk, startTestServer, stopClean, until } from './client.mjs';
import { XSimulator } from './x_simulator/simulator.mjs';

export const kXUser = '501';
export const kNoLimits = { X_BUDGET_DAILY_USD: 'none', X_BUDGET_MONTHLY_USD: 'none', SYNC_PACING: 'false', SYNC_INTERVAL_MINUTES: '0' };

/** @param {number[]} numbers bookmarks at X, newest first */
export async function connected(numbers, { env = {}, start = startTestServer, ...options } = {}) {
  const x = await XSimulator.start();
  x.addUser(kXUser, 'reader');
  x.setBookmarks(kXUser, numbers);
  const server = await start({ ...options, env: { ...x.env, ...kNoLimits, ...env } });
  const nobody = new Client(server.url);
  const begun = expectOk(await nobody.get('/api/auth/x/oauth'));
  const login = expectOk(await nobody.post('/api/auth/x/callback', x.authorize(begun.authUrl, kXUser)));
  const user = new Client(server.url, { token: login.data.token, user: login.user });
  return { x, server, user, stop: async () => { x.stop(); await stopClean(server); } };
}

/** Waits until a job has ended or waits for something itself. */
export const settled = (user, id, timeoutMs = 60_000) => until(async () => {
  const { job } = expectOk(await user.get(`/api/jobs/${id}`)).data;
  return ['completed', 'failed', 'cancelled', 'paused'].includes(job.state) && job;
}, timeoutMs);
