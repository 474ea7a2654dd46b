import { choiceIn, textIn } from '../query.ts';
import { ok, type Route } from './route.ts';

export const matchRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/match/test',
    summary: 'Which tracker an announce URL belongs to: ?url= (and detailed=true for every pattern)',
    handle({ query }, { operations }) {
      const url = textIn(query, 'url', '/match/test?url=https%3A%2F%2Ftracker.example%2Fannounce');
      const detailed = choiceIn(query, 'detailed', ['true', 'false'], 'false') === 'true';
      return ok(operations.matchTest(url, detailed));
    },
  },
];
