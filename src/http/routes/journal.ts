import { choiceParameter, decodeQuery, integerParameter, textParameter } from '../query.ts';
import { ok, type Route } from './route.ts';

const DEFAULT_PAGE = 100;
/** The journal gives no more at once. */
const LARGEST_PAGE = 500;

export const journalQuery = {
  kind: choiceParameter(['original', 'change', 'rollback', 'rollout'], 'change'),
  offset: integerParameter(0, Number.MAX_SAFE_INTEGER, 0),
  limit: integerParameter(1, LARGEST_PAGE, DEFAULT_PAGE),
  tracker: textParameter(200, null),
  search: textParameter(200, ''),
};

export const journalRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/journal',
    read: 'journal',
    summary:
      'What was changed, newest first: ' +
      `?kind=original|change|rollback|rollout&tracker=&search=&offset=0&limit=1..${LARGEST_PAGE}`,
    async handle({ query }, { operations }) {
      return ok(await operations.journalPage(decodeQuery(journalQuery, query)));
    },
  },
  {
    method: 'GET',
    path: '/originals',
    read: 'journal',
    summary: 'Every original limit that the journal knows, for a backup or another journal',
    handle(_, { operations }) {
      return ok(operations.originals());
    },
  },
];
