/** Where the page is, from the address's fragment: `#/torrents?search=x`. */
export interface Place {
  readonly page: string;
  readonly query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [page = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { page: page === '' ? 'overview' : page, query: new URLSearchParams(query) };
}
