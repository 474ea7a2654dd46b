import { ok, type Route } from './route.ts';

export const configRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/config',
    summary: 'The config as loaded, secrets starred',
    handle: (_request, { operations }) => ok(operations.config()),
  },
];
