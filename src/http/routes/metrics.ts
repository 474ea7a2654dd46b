import type { Route } from './route.ts';

export const metricsRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/metrics',
    read: 'metrics',
    summary: 'Metrics for Prometheus, in its text format',
    handle: async (_request, { metrics }) => ({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      text: await metrics(),
    }),
  },
];
