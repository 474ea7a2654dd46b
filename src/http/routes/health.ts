import type { HealthReport } from '../../service/operations.ts';
import { ok, type Route } from './route.ts';

/** Monitors and container runtimes read the status code: 200 only while the service does its work. */
const WORKING: ReadonlySet<HealthReport['status']> = new Set(['healthy', 'degraded']);

export const healthRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/health',
    read: 'health',
    summary: 'Whether caps are being kept, and what is wrong if not (503)',
    handle(_request, { operations }) {
      const report = operations.health();
      return { status: WORKING.has(report.status) ? 200 : 503, body: report };
    },
  },
  {
    method: 'GET',
    path: '/ping',
    summary: 'Whether the process answers; needs no key',
    open: true,
    handle: () => ok({ status: 'ok' }),
  },
];
