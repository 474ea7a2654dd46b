export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'qguardarr-theme';
const ORDER: readonly Theme[] = ['auto', 'light', 'dark'];

export function savedTheme(): Theme {
  const saved = read();
  return ORDER.find((theme) => theme === saved) ?? 'auto';
}

/** The one after, kept for the next visit. */
export function nextTheme(): Theme {
  const next = ORDER[(ORDER.indexOf(savedTheme()) + 1) % ORDER.length] ?? 'auto';
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage may be switched off; the theme then lasts as long as the page.
  }
  applyTheme(next);
  return next;
}

export function applyTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === 'auto') delete root.dataset.theme;
  else root.dataset.theme = theme;
  root.dispatchEvent(new Event('themechange'));
}

/** Calls back when colours change, by choice or by the system's. */
export function onThemeChange(callback: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  document.documentElement.addEventListener('themechange', callback);
  system.addEventListener('change', callback);
  return () => {
    document.documentElement.removeEventListener('themechange', callback);
    system.removeEventListener('change', callback);
  };
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
