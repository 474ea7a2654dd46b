import mitt, { type Emitter, type WildcardHandler } from 'mitt';
import type { EventName, Events } from './events.ts';

type Handler<Name extends EventName> = (event: Events[Name]) => void;

/** The event bus: everything that happens, told to whoever listens. */
export interface Bus {
  emit<Name extends EventName>(name: Name, event: Events[Name]): void;
  /** Returns the function that unsubscribes. */
  on<Name extends EventName>(name: Name, handler: Handler<Name>): () => void;
  /** Every event, with its name. */
  onAny(handler: (name: EventName, event: Events[EventName]) => void): () => void;
}

/**
 * A bus on mitt. A handler that throws stops neither the other handlers nor the emitter.
 * @param onHandlerError told of what a handler threw
 */
export function createBus(onHandlerError: (name: EventName, error: unknown) => void): Bus {
  // mitt asks for an index signature, which an interface of documented events doesn't have.
  const emitter = (mitt as unknown as () => Emitter<Record<EventName, unknown>>)();

  function guard(name: EventName, run: () => void): void {
    try {
      run();
    } catch (error) {
      onHandlerError(name, error);
    }
  }

  return {
    emit: (name, event) => emitter.emit(name, event),
    on(name, handler) {
      const safe = (event: unknown) => guard(name, () => handler(event as Parameters<typeof handler>[0]));
      emitter.on(name, safe);
      return () => emitter.off(name, safe);
    },
    onAny(handler) {
      const safe: WildcardHandler<Record<EventName, unknown>> = (name, event) =>
        guard(name, () => handler(name, event as Events[EventName]));
      emitter.on('*', safe);
      return () => emitter.off('*', safe);
    },
  };
}
