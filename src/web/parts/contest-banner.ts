import type { LiveContest } from '../../service/live-types.ts';
import { type Api, messageOf } from '../api.ts';
import { h, replace, setAttribute, setText } from '../dom.ts';
import type { Tone } from '../view.ts';

interface Choice {
  readonly label: string;
  /** What happens, in the question before it is done. */
  readonly question: string;
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const TAKE: Choice = {
  label: 'Take ownership',
  question: 'Enforce this client from here? The other program must not set upload limits any more.',
  path: '/ownership/take',
  fields: {},
};
const KEEP: Choice = {
  label: 'These limits are my own',
  question: 'Take the limits that these torrents have now for their original limits?',
  path: '/originals/adopt',
  fields: { as: 'as_is' },
};
const LIFT: Choice = {
  label: 'They had no limits',
  question: 'Take these torrents for unlimited? A release or a rollback will lift their limits.',
  path: '/originals/adopt',
  fields: { as: 'unlimited' },
};

/** Why nothing is written to the client, at the top of every page, with the decisions that the user can make. */
export class ContestBanner {
  readonly element = h('div', { class: 'banner bad', role: 'status', hidden: true });
  readonly #api: Api;
  readonly #say: (message: string, tone?: Tone) => void;
  readonly #text = h('span', null);
  readonly #buttons = h('span', { class: 'buttons' });
  #kind: LiveContest['kind'] | null = null;

  constructor(api: Api, say: (message: string, tone?: Tone) => void) {
    this.#api = api;
    this.#say = say;
    this.element.append(this.#text, this.#buttons);
  }

  show(contest: LiveContest | null): void {
    setAttribute(this.element, 'hidden', contest === null);
    if (contest === null) {
      this.#kind = null;
      return;
    }
    setText(this.#text, `Not enforcing: ${contest.problem}.`);
    if (contest.kind === this.#kind) return;
    this.#kind = contest.kind;
    const choices = contest.kind === 'unknown-limits' ? [KEEP, LIFT] : [TAKE];
    replace(this.#buttons, ...choices.map((choice) => this.#button(choice)));
  }

  #button(choice: Choice): HTMLButtonElement {
    const button = h('button', { class: 'button small', type: 'button' }, choice.label);
    button.addEventListener('click', () => void this.#decide(choice, button));
    return button;
  }

  async #decide({ question, path, fields }: Choice, button: HTMLButtonElement): Promise<void> {
    if (!confirm(question)) return;
    button.disabled = true;
    try {
      await this.#api.post(path, { confirm: true, ...fields });
      this.#say('Done. The next cycle goes by it.', 'good');
    } catch (error) {
      this.#say(messageOf(error), 'bad');
    } finally {
      button.disabled = false;
    }
  }
}
