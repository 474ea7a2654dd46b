import { choiceIn, integerIn } from '../query.ts';
import { ok, type Route } from './route.ts';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1000;

export const journalRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/journal',
    summary: `What was changed, newest first: ?kind=original|change|rollback|rollout&offset=0&limit=1..${LARGEST_PAGE}`,
    async handle({ query }, { operations }) {
      const kind = choiceIn(query, 'kind', ['original', 'change', 'rollback', 'rollout'], 'change');
      const offset = integerIn(query, 'offset', { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 });
      const limit = integerIn(query, 'limit', { min: 1, max: LARGEST_PAGE, fallback: DEFAULT_PAGE });
      return ok(await operations.journalPage(kind, offset, limit));
    },
  },
];
