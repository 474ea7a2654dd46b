import { choiceParameter, decodeQuery, neededParameter } from '../query.ts';
import { ok, type Route } from './route.ts';

export const matchQuery = {
  url: neededParameter('/match/test?url=https%3A%2F%2Ftracker.example%2Fannounce'),
  detailed: choiceParameter(['true', 'false'], 'false'),
};

export const matchRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/match/test',
    summary: 'Which tracker an announce URL belongs to: ?url= (and detailed=true for every pattern)',
    handle({ query }, { operations }) {
      const { url, detailed } = decodeQuery(matchQuery, query);
      return ok(operations.matchTest(url, detailed === 'true'));
    },
  },
];
