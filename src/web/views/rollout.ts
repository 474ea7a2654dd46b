import { messageOf } from '../api.ts';
import { h, replace, setAttribute, setText } from '../dom.ts';
import { duration, stateWords } from '../format.ts';
import { pageHead } from '../parts/fields.ts';
import type { Store } from '../store.ts';
import type { View, ViewFactory } from '../view.ts';

interface RolloutConfig {
  readonly steps: readonly { readonly percentage: number; readonly hold: number }[];
  readonly max_api_error_rate: number;
  readonly max_cap_overshoot: number;
  readonly max_latency_ms: number;
  readonly on_gate_failure: string;
}

type Action = 'start' | 'advance' | 'hold' | 'continue' | 'abort';

const ACTIONS: readonly { readonly action: Action; readonly label: string; readonly when: RegExp }[] = [
  { action: 'start', label: 'Start', when: /^steady$/ },
  { action: 'advance', label: 'Next step now', when: /^rollingOut/ },
  { action: 'hold', label: 'Hold', when: /^rollingOut\.advancing$/ },
  { action: 'continue', label: 'Continue', when: /^rollingOut\.held$/ },
  { action: 'abort', label: 'Abort', when: /^rollingOut/ },
];

export const rolloutView: ViewFactory = ({ api, store, say }): View => {
  const big = h('strong', { class: 'big' });
  const note = h('p', { class: 'muted' });
  const slider = h('input', {
    type: 'range',
    min: 1,
    max: 100,
    'aria-label': 'Percentage',
    id: 'percentage',
  });
  const wanted = h('output', { for: 'percentage' });
  const plan = h('div', null);
  const steps = h('ol', { class: 'steps' });
  const gate = h('p', { class: 'warning', hidden: true });
  let config: RolloutConfig | null = null;
  let isTouched = false;

  const send = async (fields: Readonly<Record<string, unknown>>, done: string) => {
    try {
      await api.post('/rollout', fields);
      say(done, 'good');
      isTouched = false;
    } catch (error) {
      say(messageOf(error), 'bad');
    }
  };
  const choose = (percentage: number) => {
    isTouched = true;
    slider.value = String(percentage);
    setText(wanted, `${percentage} %`);
  };
  slider.addEventListener('input', () => choose(Number(slider.value)));
  const apply = (percentage: number) =>
    void send({ percentage }, `${percentage} % of the torrents are managed from the next cycle on.`);
  const buttons = ACTIONS.map(({ action, label, when }) => {
    const button = h('button', { class: 'button', type: 'button', 'data-action': action }, label);
    button.addEventListener('click', () => void send({ action }, `Rollout: ${label.toLowerCase()}.`));
    return { button, when };
  });

  const update = () => {
    const service = store.state?.service;
    if (service === undefined) return;
    setText(big, `${service.rollout_percentage} %`);
    setText(note, `of the torrents are managed (service: ${stateWords(service.state)})`);
    if (!isTouched) {
      slider.value = String(service.rollout_percentage);
      setText(wanted, `${service.rollout_percentage} %`);
    }
    for (const { button, when } of buttons) {
      button.disabled = !when.test(service.state) || (config !== null && config.steps.length === 0);
    }
    const problem = service.rollout?.gate_problem ?? null;
    setAttribute(gate, 'hidden', problem === null);
    setText(gate, problem === null ? '' : `The gate is shut: ${problem}`);
    if (config !== null) replace(steps, ...stepsOf(config, store));
  };

  const load = async () => {
    try {
      config = (await api.get<{ rollout: RolloutConfig }>('/config')).rollout;
      replace(plan, ...(config.steps.length === 0 ? [NO_STEPS()] : [steps, gatesOf(config)]));
      update();
    } catch (error) {
      replace(plan, h('p', { class: 'error', role: 'alert' }, messageOf(error)));
    }
  };

  const element = h(
    'div',
    null,
    pageHead('Rollout'),
    h(
      'div',
      { class: 'duo even' },
      h(
        'section',
        { class: 'card' },
        h('h2', null, 'Percentage'),
        h('div', { class: 'big-line' }, big, note),
        h('div', { class: 'slider' }, slider, wanted),
        h(
          'div',
          { class: 'buttons' },
          ...[10, 25, 50, 100].map((percentage) =>
            h(
              'button',
              { class: 'button', type: 'button', onclick: () => choose(percentage) },
              `${percentage} %`,
            ),
          ),
          h(
            'button',
            { class: 'button primary', type: 'button', onclick: () => apply(Number(slider.value)) },
            'Apply',
          ),
        ),
        h(
          'p',
          { class: 'hint' },
          'Which torrents belong to a percentage is fixed by their info-hash. Torrents that leave get their own limit ' +
            'back. It lasts until a restart: write the percentage you arrive at into the config.',
        ),
      ),
      h(
        'section',
        { class: 'card' },
        h('h2', null, 'Plan of steps'),
        plan,
        gate,
        h('div', { class: 'buttons' }, ...buttons.map(({ button }) => button)),
      ),
    ),
  );
  void load();
  update();
  const end = store.subscribe(update);
  const tick = setInterval(update, 1_000);
  return {
    element,
    stop() {
      end();
      clearInterval(tick);
    },
  };
};

const NO_STEPS = () =>
  h(
    'p',
    { class: 'muted' },
    'The config has no rollout.steps; config/rollout.example.yaml shows how they look.',
  );

function stepsOf(config: RolloutConfig, { state }: Store): HTMLElement[] {
  const rollout = state?.service.rollout ?? null;
  return config.steps.map(({ percentage, hold }, index) => {
    const isNow = rollout !== null && rollout.step === index + 1;
    const isDone = rollout !== null && rollout.step > index + 1;
    const leftMs = isNow ? Date.parse(rollout.ends_at) - Date.now() : 0;
    const words = isNow
      ? leftMs > 0
        ? `${duration(leftMs)} to go`
        : 'waits for its gate'
      : `for ${duration(hold * 1000)}`;
    return h(
      'li',
      { class: isNow ? 'now' : isDone ? 'done' : null, 'aria-current': isNow ? 'step' : null },
      h('strong', null, `${percentage} %`),
      h('span', { class: 'muted' }, words),
    );
  });
}

function gatesOf(config: RolloutConfig): HTMLElement {
  return h(
    'p',
    { class: 'hint' },
    `The gate to the next step: at most ${config.max_api_error_rate * 100} % failed calls, upload at most ` +
      `${config.max_cap_overshoot} × the cap, answers within ${config.max_latency_ms} ms. ` +
      (config.on_gate_failure === 'rollback'
        ? 'If it is shut, all is rolled back.'
        : 'If it is shut, the step is held.'),
  );
}
