/**
 * Exits 0 when the Qguardarr beside it answers, for the image's HEALTHCHECK.
 *
 * It asks /ping (alive), not /health (ready): /health is 503 while qBittorrent is away, and an orchestrator that
 * restarts unhealthy containers would then restart Qguardarr again and again, which mends nothing.
 */
import { get } from 'node:http';

const port = process.env.QGUARDARR__GLOBAL__PORT || '8089';
const url = `http://127.0.0.1:${port}/ping`;

function fail(reason) {
  console.error(`${url}: ${reason}`);
  process.exitCode = 1;
}

get(url, { agent: false, signal: AbortSignal.timeout(4000) }, (response) => {
  response.resume();
  if (response.statusCode !== 200) fail(`expected status 200, got ${response.statusCode}`);
}).on('error', (error) => fail(error.message));
