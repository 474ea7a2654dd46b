import { ok, type Route } from './route.ts';

export const statsRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/stats',
    read: 'stats',
    summary: 'Counters of cycles, calls, torrents and errors',
    handle: (_request, { operations }) => ok(operations.stats()),
  },
  {
    method: 'GET',
    path: '/stats/trackers',
    read: 'stats',
    summary: 'Cap, usage and borrowing of each tracker',
    handle: (_request, { operations }) => ok(operations.trackerStats()),
  },
  {
    method: 'GET',
    path: '/stats/history',
    read: 'stats',
    summary: 'Usage and effective cap of each tracker over the last ten minutes',
    handle: (_request, { operations }) => ok(operations.history()),
  },
  {
    method: 'GET',
    path: '/stats/managed',
    read: 'stats',
    summary: 'Torrents under management, by tracker',
    handle: (_request, { operations }) => ok(operations.managed()),
  },
];
