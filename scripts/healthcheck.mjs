/**
 * Exits 0 when the Qguardarr beside it answers, for the image's HEALTHCHECK.
 *
 * It asks /ping (alive), not /health (ready): /health is 503 while qBittorrent is away, and an orchestrator that
 * restarts unhealthy containers would then restart Qguardarr again and again, which mends nothing.
 */
import { get } from 'node:http';
import { get as getOverTls } from 'node:https';

const address = `127.0.0.1:${process.env.QGUARDARR__GLOBAL__PORT || '8089'}/ping`;

function status(ask, url) {
  return new Promise((resolve, reject) => {
    // Whose certificate it is doesn't matter: nothing is sent and nothing is believed.
    const options = { agent: false, signal: AbortSignal.timeout(4000), rejectUnauthorized: false };
    ask(url, options, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

try {
  const code = await status(get, `http://${address}`).catch((error) => {
    // Whether it speaks https is in a config that is not read here: then plain http is hung up on.
    if (error.code !== 'ECONNRESET') throw error;
    return status(getOverTls, `https://${address}`);
  });
  if (code !== 200) throw new Error(`expected status 200, got ${code}`);
} catch (error) {
  console.error(`${address}: ${error.message}`);
  process.exitCode = 1;
}
