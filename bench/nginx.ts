/** nginx as a static file server: what the machine can do. There need not be any. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender } from './contest.ts'

/**
 * A contender that serves a directory from one process.
 *
 * @param folder - for its configuration and temporary files; it is made if need be
 */
export function nginx(root: string, folder: string): Contender {
  return {
    name: 'nginx',
    command: (port) => {
      if (version() === undefined) return undefined
      mkdirSync(folder, { recursive: true })
      const config = join(folder, 'nginx.conf')
      writeFileSync(config, configuration(root, folder, port))
      return ['nginx', '-p', folder, '-c', config, '-e', 'stderr']
    },
    missing: 'not installed here',
    version,
  }
}

/** Such as `1.22.1`. */
function version(): string | undefined {
  const { status, stderr } = spawnSync('nginx', ['-v'], { encoding: 'utf8' })
  return status === 0 ? /nginx\/(\S+)/.exec(stderr)?.[1] : undefined
}

function configuration(root: string, folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`)
  return `
daemon off;
master_process off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events { worker_connections 1024; }
http {
  ${temporary.join('\n  ')}
  types { text/plain txt; }
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:${port};
    root ${root};
  }
}
`
}
