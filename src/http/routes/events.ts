import type { Route } from './route.ts';

export const eventRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/events',
    read: 'events',
    summary: 'Server-sent events as things change: state, stats by tracker, link, cycle',
    handle: ({ origin }, { streams }) => {
      const stranger = origin.scope === null ? origin.network : null;
      return { status: 200, stream: streams.open(origin.isStillGranted, stranger, origin.scope === 'admin') };
    },
  },
];
