import type { RolloutGates, RolloutPlan } from '../../../machines/service.types.ts';
import type { Config } from '../../config/schema.ts';
import { OperationRefused, type RolloutRequest } from '../operations.ts';
import type { OperationsParts } from '../operations-parts.ts';

/** Moves the part of the torrents that is managed: by hand, or by a plan of steps. */
export class RolloutCommands {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  /** Resolves when a restart would find it as it is then. */
  async rollout(request: RolloutRequest): Promise<Record<string, unknown>> {
    const { service, clock } = this.#parts;
    if ('percentage' in request) {
      service.actor.send({ type: 'SET_PERCENTAGE', percentage: request.percentage });
    } else if (request.action === 'start') {
      this.#start(request.plan ?? service.live.config.rollout);
    } else {
      this.#steer(request.action);
    }
    await service.rollout.settled();
    return {
      status: 'accepted',
      service: service.lifecycle,
      rollout_percentage: service.percentage,
      until_restart: service.rollout.problem !== null,
      timestamp: new Date(clock.now()).toISOString(),
    };
  }

  #start(plan: Config['rollout']): void {
    const { service } = this.#parts;
    if (plan.steps.length === 0) {
      throw new OperationRefused(
        422,
        'no_steps',
        'There are no steps: send a plan, or put rollout.steps into the config.',
      );
    }
    if (service.lifecycle !== 'steady') {
      throw new OperationRefused(
        409,
        'not_steady',
        `A rollout starts from steady; the service is ${service.lifecycle}.`,
      );
    }
    service.actor.send({ type: 'START_ROLLOUT', at: service.effects.steadyNow(), plan: planOf(plan) });
  }

  #steer(action: 'advance' | 'hold' | 'continue' | 'abort'): void {
    const { service } = this.#parts;
    if (service.actor.getSnapshot().context.rollout === null) {
      throw new OperationRefused(
        409,
        'no_rollout',
        'No rollout is running; start one with {"action": "start"}.',
      );
    }
    if (action === 'advance' && service.lifecycle === 'starting') {
      throw new OperationRefused(
        409,
        'starting',
        'The next step begins only after qBittorrent has answered.',
      );
    }
    if (action === 'advance') service.actor.send({ type: 'ADVANCE', at: service.effects.steadyNow() });
    else service.actor.send({ type: STEERING[action] });
  }
}

const STEERING = { hold: 'HOLD', continue: 'CONTINUE', abort: 'ABORT' } as const;

function planOf(plan: Config['rollout']): RolloutPlan {
  return {
    steps: plan.steps.map((step) => ({ percentage: step.percentage, holdMs: step.hold * 1000 })),
    gates: gatesOf(plan),
    onGateFailure: plan.on_gate_failure,
  };
}

function gatesOf(plan: Config['rollout']): RolloutGates {
  return {
    maxApiErrorRate: plan.max_api_error_rate,
    maxCapOvershoot: plan.max_cap_overshoot,
    maxLatencyMs: plan.max_latency_ms,
  };
}
