import { commandRoutes } from './commands.ts';
import { configRoutes } from './config.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { journalRoutes } from './journal.ts';
import { matchRoutes } from './match.ts';
import { metricsRoutes } from './metrics.ts';
import { notificationRoutes } from './notifications.ts';
import { previewRoutes } from './preview.ts';
import { ok, type Route } from './route.ts';
import { sessionRoutes } from './session.ts';
import { stateRoutes } from './state.ts';
import { statsRoutes } from './stats.ts';
import { torrentRoutes } from './torrents.ts';
import { webhookRoutes } from './webhook.ts';

const indexRoute: Route = {
  method: 'GET',
  path: '/',
  summary: 'This list',
  handle: (_request, { operations }) =>
    ok({
      name: 'qguardarr',
      version: operations.version,
      endpoints: routes.map(({ method, path, summary }) => ({ method, path, summary })),
    }),
};

/** Every route there is: the app mounts this table and GET / lists it, so that the two can't differ. */
export const routes: readonly Route[] = [
  indexRoute,
  ...healthRoutes,
  ...stateRoutes,
  ...statsRoutes,
  ...torrentRoutes,
  ...eventRoutes,
  ...previewRoutes,
  ...journalRoutes,
  ...matchRoutes,
  ...configRoutes,
  ...metricsRoutes,
  ...notificationRoutes,
  ...sessionRoutes,
  ...webhookRoutes,
  ...commandRoutes,
];
