import type { Route } from './route.ts';

export const eventRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/events',
    summary: 'Server-sent events as things change: state, stats by tracker, link, cycle',
    handle: (_request, { streams }) => ({ status: 200, stream: streams.open() }),
  },
];
