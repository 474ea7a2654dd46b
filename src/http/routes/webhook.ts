import { decodeWebhook } from '../codecs.ts';
import type { Route } from './route.ts';

/** A long name, each of its bytes as %XX, and an announce URL. */
const MAX_BODY_BYTES = 8 * 1024;

export const webhookRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/webhook',
    summary:
      "Tell of a torrent: event=add|complete|delete, hash, name, tracker (qBittorrent's external program)",
    maxBodyBytes: MAX_BODY_BYTES,
    handle({ body }, { operations, now }) {
      const startedAt = now();
      const { queueSize } = operations.webhook(decodeWebhook(body));
      return {
        status: 202,
        body: {
          status: 'queued',
          queue_size: queueSize,
          processing_time_ms: Math.round((now() - startedAt) * 1000) / 1000,
        },
      };
    },
  },
];
