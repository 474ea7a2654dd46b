import type { Api } from './api.ts';
import type { Store } from './store.ts';

export type Tone = 'good' | 'bad' | 'plain';

/** What a view works with. */
export interface Surroundings {
  readonly api: Api;
  readonly store: Store;
  /** Says something that happened, also to those who listen instead of look. */
  readonly say: (message: string, tone?: Tone) => void;
}

export interface View {
  readonly element: HTMLElement;
  /** Ends what the view began: subscriptions, timers. */
  stop(): void;
}

export type ViewFactory = (surroundings: Surroundings, query: URLSearchParams) => View;

/** Runs the task now and every `ms` while the page is looked at. Returns the function that ends it. */
export function whileVisible(ms: number, task: () => void): () => void {
  task();
  const timer = setInterval(() => {
    if (!document.hidden) task();
  }, ms);
  return () => clearInterval(timer);
}
