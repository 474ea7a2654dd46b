/** Keeps a page's own settings in the address, so that a reload and a bookmark find them again. */
export function rememberQuery(page: string, values: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''));
  history.replaceState(null, '', query.size === 0 ? `#/${page}` : `#/${page}?${query}`);
}
