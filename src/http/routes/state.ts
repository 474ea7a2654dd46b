import { ok, type Route } from './route.ts';

export const stateRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/state',
    read: 'state',
    summary: 'States of the service, of the link to qBittorrent, of the cycle and of each tracker',
    handle: (_request, { operations }) => ok(operations.state()),
  },
];
