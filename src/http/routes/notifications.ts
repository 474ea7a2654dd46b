import { OperationRefused } from '../../service/operations.ts';
import { decodeNothing } from '../codecs.ts';
import { HttpProblem } from '../errors.ts';
import { ok, type Route } from './route.ts';

export const notificationRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/notifications/test',
    summary: 'Send a test to every target of notifications.targets, once, and say what came of each',
    async handle({ body }, { testNotifications }) {
      decodeNothing(body);
      const tests = await testNotifications();
      if (tests.length === 0) {
        throw new OperationRefused(422, 'no_targets', 'The config has no notifications.targets to send to.');
      }
      const targets = tests.map(({ target, type, problem }) => ({
        target,
        type,
        delivered: problem === null,
        problem,
      }));
      const failed = targets.filter(({ delivered }) => !delivered);
      if (failed.length > 0) {
        const message = `Not delivered to ${failed.map(({ target, problem }) => `${target}: ${problem}`).join('; ')}`;
        throw new HttpProblem(502, 'not_delivered', message, { details: { targets } });
      }
      return ok({ status: 'delivered', targets });
    },
  },
];
