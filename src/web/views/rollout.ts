import type { LiveRollout } from '../../service/live-types.ts';
import { messageOf } from '../api.ts';
import { h, replace, setAttribute, setText } from '../dom.ts';
import { duration, stateWords } from '../format.ts';
import { pageHead } from '../parts/fields.ts';
import type { View, ViewFactory } from '../view.ts';

interface Plan {
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
  const steps = h('ol', { class: 'steps' });
  const gates = h('p', { class: 'hint' });
  const gate = h('p', { class: 'warning', hidden: true });
  const plan = h('div', null, steps, gates);
  let config: Plan | null = null;
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
    return { action, button, when };
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
    for (const { action, button, when } of buttons) {
      button.disabled = !when.test(service.state) || (action === 'start' && config?.steps.length === 0);
    }
    const problem = service.rollout?.gate_problem ?? null;
    setAttribute(gate, 'hidden', problem === null);
    setText(gate, problem === null ? '' : `The gate is shut: ${problem}`);
    // The plan under way may be one that the config doesn't have.
    const shown = service.rollout === null ? config : asPlan(service.rollout);
    if (shown === null) return;
    replace(steps, ...stepsOf(shown, service.rollout));
    setText(gates, shown.steps.length === 0 ? NO_STEPS : gatesOf(shown));
  };

  const load = async () => {
    try {
      config = (await api.get<{ rollout: Plan }>('/config')).rollout;
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
            'back. It outlives restarts, until global.rollout_percentage in the config is changed.',
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

const NO_STEPS =
  'The config has no rollout.steps: see config/rollout.example.yaml, or start a plan with qguardarr rollout start PLAN.yaml.';

function asPlan({ plan, gates, on_gate_failure }: LiveRollout): Plan {
  return { steps: plan, ...gates, on_gate_failure };
}

function stepsOf({ steps }: Plan, rollout: LiveRollout | null): HTMLElement[] {
  return steps.map(({ percentage, hold }, index) => {
    const isNow = rollout !== null && rollout.step === index + 1;
    const isDone = rollout !== null && rollout.step > index + 1;
    return h(
      'li',
      { class: isNow ? 'now' : isDone ? 'done' : null, 'aria-current': isNow ? 'step' : null },
      h('strong', null, `${percentage} %`),
      h('span', { class: 'muted' }, isNow ? progressOf(rollout) : `for ${duration(hold * 1000)}`),
    );
  });
}

function progressOf({ ends_at, held }: LiveRollout): string {
  if (held) return 'held';
  const leftMs = Date.parse(ends_at) - Date.now();
  return leftMs > 0 ? `${duration(leftMs)} to go` : 'waits for its gate';
}

function gatesOf(plan: Plan): string {
  return (
    `The gate to the next step: at most ${plan.max_api_error_rate * 100} % failed calls, upload at most ` +
    `${plan.max_cap_overshoot} × the cap, answers within ${plan.max_latency_ms} ms. ` +
    (plan.on_gate_failure === 'rollback'
      ? 'If it is shut, all is rolled back.'
      : 'If it is shut, the step is held.')
  );
}
