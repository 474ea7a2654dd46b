/**
 * Loaded into the measured service by `--import`: tells over the IPC channel how long its event loop was blocked and
 * what its memory holds, when it is asked. It keeps nothing and samples nothing until then.
 *
 * Messages: 'watch' begins to watch the loop, 'report' ends it and answers with what was seen.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A sample is the time from one timer to the next: a blocked loop shows as longer than it was by up to this, ms. */
const RESOLUTION_MS = 10;

let delays = null;

process.on('message', (message) => {
  if (message === 'watch') {
    delays?.disable();
    delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delays.enable();
  } else if (message === 'report') {
    delays?.disable();
    process.send({
      blockedMaxMs: delays === null ? null : delays.max / 1e6,
      blockedP99Ms: delays === null ? null : delays.percentile(99) / 1e6,
      memory: process.memoryUsage(),
    });
    delays = null;
  }
});
process.channel.unref();
// The process that measures is gone: nothing would stop the service.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
