import { ok, type Route } from './route.ts';

export const previewRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/preview/next-cycle',
    read: 'preview',
    summary: 'What the next cycle would write, and why; writes nothing',
    handle: (_request, { operations }) => ok(operations.preview()),
  },
];
