import type { Api } from './api.ts';
import { h, replace, setAttribute, setText } from './dom.ts';
import { moment, stateWords } from './format.ts';
import { brand } from './parts/brand.ts';
import { ContestBanner } from './parts/contest-banner.ts';
import { type IconName, icon } from './parts/icon.ts';
import { type LogoutButton, logoutButton } from './parts/logout-button.ts';
import { lifecycleTone, linkTone } from './parts/machine-regions.ts';
import { placeOf } from './router.ts';
import type { Store } from './store.ts';
import { nextTheme, savedTheme } from './theme.ts';
import type { Tone, View, ViewFactory } from './view.ts';
import { configView } from './views/config.ts';
import { historyView } from './views/history.ts';
import { overviewView } from './views/overview.ts';
import { previewView } from './views/preview.ts';
import { rollbackView } from './views/rollback.ts';
import { rolloutView } from './views/rollout.ts';
import { torrentsView } from './views/torrents.ts';

interface Page {
  readonly name: IconName;
  readonly title: string;
  readonly view: ViewFactory;
}

const OVERVIEW: Page = { name: 'overview', title: 'Overview', view: overviewView };
const PAGES: readonly Page[] = [
  OVERVIEW,
  { name: 'torrents', title: 'Torrents', view: torrentsView },
  { name: 'preview', title: 'Preview', view: previewView },
  { name: 'rollout', title: 'Rollout', view: rolloutView },
  { name: 'rollback', title: 'Rollback', view: rollbackView },
  { name: 'history', title: 'History', view: historyView },
  { name: 'config', title: 'Config', view: configView },
];

const TOAST_MS = 7_000;

export interface ShellOptions {
  readonly api: Api;
  readonly store: Store;
  readonly retry: () => void;
}

/** What stands around every page: navigation, how the service is, whether what is shown is fresh, messages. */
export class Shell {
  readonly element: HTMLElement;
  readonly #options: ShellOptions;
  readonly #links = new Map<string, HTMLAnchorElement>();
  readonly #main = h('main', { id: 'main', tabindex: '-1' });
  readonly #status = h('div', { class: 'status' });
  readonly #banner = h('div', { class: 'banner', role: 'status', hidden: true });
  readonly #bannerText = h('span', null);
  readonly #toasts = h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });
  readonly #contest: ContestBanner;
  readonly #logout: LogoutButton;
  readonly #version = h('span', { class: 'version' });
  #view: View | null = null;
  #loadedVersion: string | null = null;
  #end: (() => void)[] = [];

  constructor(options: ShellOptions) {
    this.#options = options;
    this.#logout = logoutButton(options.api, (problem) => this.#say(problem, 'bad'));
    this.#contest = new ContestBanner(options.api, (message, tone) => this.#say(message, tone));
    this.#banner.append(
      this.#bannerText,
      h('button', { class: 'button small', type: 'button', onclick: () => this.#actOnBanner() }, 'Try now'),
    );
    this.element = h(
      'div',
      { class: 'shell' },
      h('a', { class: 'skip', href: '#main', onclick: (event) => this.#skip(event) }, 'Skip to the content'),
      h('header', { class: 'top' }, brand(), this.#status, this.#logout.element, themeButton()),
      this.#navigation(),
      h('div', { class: 'content' }, this.#banner, this.#contest.element, this.#main),
      this.#toasts,
    );
  }

  open(): void {
    const navigate = () => this.#show(true);
    addEventListener('hashchange', navigate);
    const tick = setInterval(() => this.#update(), 1_000);
    this.#end = [
      () => removeEventListener('hashchange', navigate),
      () => clearInterval(tick),
      this.#options.store.subscribe(() => this.#update()),
    ];
    this.#show(false);
    this.#update();
    void this.#logout.update();
  }

  close(): void {
    for (const end of this.#end.splice(0)) end();
    this.#view?.stop();
    this.#view = null;
  }

  #navigation(): HTMLElement {
    const links = PAGES.map(({ name, title }) => {
      const link = h(
        'a',
        { href: name === 'overview' ? '#/' : `#/${name}` },
        icon(name),
        h('span', null, title),
      );
      this.#links.set(name, link);
      return h('li', null, link);
    });
    return h(
      'nav',
      { class: 'side', 'aria-label': 'Pages' },
      h('ul', null, ...links),
      h('a', { class: 'version', href: 'api/docs' }, 'API'),
      this.#version,
    );
  }

  #show(byHand: boolean): void {
    const { page: name, query } = placeOf(location.hash);
    const page = PAGES.find((candidate) => candidate.name === name) ?? OVERVIEW;
    for (const [known, link] of this.#links) {
      setAttribute(link, 'aria-current', known === page.name ? 'page' : null);
    }
    document.title = `${page.title} – Qguardarr`;
    this.#view?.stop();
    const { api, store } = this.#options;
    this.#view = page.view({ api, store, say: (message, tone) => this.#say(message, tone) }, query);
    replace(this.#main, this.#view.element);
    scrollTo(0, 0);
    // As after a page load, a reader begins at the top of the new content.
    if (byHand) this.#main.focus({ preventScroll: true });
  }

  #update(): void {
    const { state, link, stream } = this.#options.store;
    if (state !== null) {
      setText(this.#version, `v${state.version}`);
      this.#loadedVersion ??= state.version;
    }
    const pills =
      stream.kind === 'lost'
        ? [pill('bad', 'no connection')]
        : [
            state === null
              ? pill('plain', 'connecting')
              : pill(lifecycleTone(state.service.state), stateWords(state.service.state)),
            link === null ? null : pill(linkTone(link.state), `qBittorrent ${stateWords(link.state)}`),
            state?.service.dry_run ? pill('warn', 'dry run') : null,
          ];
    const key = pills.map((one) => one?.className + (one?.textContent ?? '')).join();
    if (this.#status.dataset.key !== key) {
      this.#status.dataset.key = key;
      replace(this.#status, ...pills);
    }
    this.#contest.show(link?.contest ?? null);
    const isOtherVersion = state !== null && state.version !== this.#loadedVersion;
    this.element.classList.toggle('stale', stream.kind === 'lost');
    setAttribute(this.#banner, 'hidden', stream.kind !== 'lost' && !isOtherVersion);
    if (stream.kind === 'lost') {
      const from = moment(stream.since, Date.now());
      setText(
        this.#bannerText,
        `No connection to Qguardarr: what you see is from ${from}. It is tried again every few seconds.`,
      );
      setText(this.#banner.lastElementChild ?? this.#banner, 'Try now');
    } else if (isOtherVersion) {
      setText(this.#bannerText, `Qguardarr was updated to ${state.version}: this page is of an older one.`);
      setText(this.#banner.lastElementChild ?? this.#banner, 'Load it anew');
    }
  }

  #actOnBanner(): void {
    if (this.#options.store.stream.kind === 'lost') this.#options.retry();
    else location.reload();
  }

  #say(message: string, tone: Tone = 'plain'): void {
    const toast = h('div', { class: `toast ${tone}` }, message);
    const close = () => toast.remove();
    toast.append(h('button', { type: 'button', 'aria-label': 'Dismiss', onclick: close }, '×'));
    this.#toasts.append(toast);
    // What went wrong stays until it is dismissed.
    if (tone !== 'bad') setTimeout(close, TOAST_MS);
    while (this.#toasts.childElementCount > 4) this.#toasts.firstElementChild?.remove();
  }

  #skip(event: Event): void {
    event.preventDefault();
    this.#main.focus();
  }
}

function pill(tone: string, text: string): HTMLElement {
  return h('span', { class: `pill ${tone}` }, h('i', { class: 'dot' }), text);
}

function themeButton(): HTMLElement {
  const button = h('button', { class: 'button ghost theme', type: 'button' });
  const show = (theme: ReturnType<typeof savedTheme>) => {
    replace(button, icon(theme));
    button.title = `Colours: ${theme}`;
    button.setAttribute('aria-label', `Colours: ${theme}`);
  };
  button.addEventListener('click', () => show(nextTheme()));
  show(savedTheme());
  return button;
}
