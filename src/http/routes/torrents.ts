import { TORRENT_SHOWS, TORRENT_SORTS } from '../../service/live-types.ts';
import { choiceParameter, decodeQuery, integerParameter, textParameter } from '../query.ts';
import { ok, type Route } from './route.ts';

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 500;

export const torrentQuery = {
  search: textParameter(200, ''),
  tracker: textParameter(200, null),
  show: choiceParameter(TORRENT_SHOWS, 'all'),
  sort: choiceParameter(TORRENT_SORTS, 'usage'),
  order: choiceParameter(['asc', 'desc'], 'desc'),
  offset: integerParameter(0, Number.MAX_SAFE_INTEGER, 0),
  limit: integerParameter(1, LARGEST_PAGE, DEFAULT_PAGE),
};

export const torrentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/torrents',
    read: 'torrents',
    summary:
      `Every torrent: ?search=&tracker=&show=${TORRENT_SHOWS.join('|')}&sort=${TORRENT_SORTS.join('|')}` +
      `&order=asc|desc&offset=0&limit=1..${LARGEST_PAGE}`,
    handle: ({ query }, { operations }) => ok(operations.torrents(decodeQuery(torrentQuery, query))),
  },
];
