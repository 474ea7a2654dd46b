import { h } from '../dom.ts';

const TONES: Readonly<Record<string, string>> = {
  within: 'plain',
  unlimited: 'plain',
  pressing: 'accent',
  borrowing: 'good',
  lending: 'busy',
  raise: 'good',
  cut: 'warn',
  release: 'plain',
  done: 'good',
  intended: 'busy',
  failed: 'bad',
};

/** A word for a state or a kind; its colour only repeats what it says. */
export function badge(word: string): HTMLElement {
  return h('span', { class: `badge ${TONES[word] ?? 'plain'}` }, word);
}
