// nginx as reference: one worker that serves a file of the same bytes, configured as for speed.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { childrenOf, freePort, start, stop, until } from './processes.mjs';
import { exchange, get } from './requests.mjs';

function configuration(dir, port) {
  return `
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${dir}/pid;
error_log ${dir}/error.log error;
events { worker_connections 8192; multi_accept on; }
http {
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  open_file_cache max=100 inactive=300s;
  open_file_cache_valid 300s;
  types { application/json json; }
  client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
  server { listen 127.0.0.1:${port} backlog=4096; root ${dir}/root; }
}
`;
}

/** Serves `body` at /body.json; returns `{port, pid, target, stop()}`, pid being that of the worker. */
export async function startNginx(dir, body, cpus) {
  const home = path.join(dir, 'nginx');
  mkdirSync(path.join(home, 'root'), { recursive: true });
  for (const part of [home, path.join(home, 'root')]) chmodSync(part, 0o755); // its worker is another user
  writeFileSync(path.join(home, 'root/body.json'), body, { mode: 0o644 });
  const port = await freePort();
  const file = path.join(home, 'nginx.conf');
  writeFileSync(file, configuration(home, port));
  const child = await start(['/usr/sbin/nginx', '-p', home, '-c', file, '-e', `${home}/error.log`], { cpus });
  const target = '/body.json';
  await until('the start of nginx', () => exchange(port, get(target)).catch(() => null), 10_000);
  return { port, target, pid: childrenOf(child.pid)[0], stop: () => stop(child) };
}
