import type { Bus } from '../../src/bus.ts';

/** The same bus, and how many listen on it. */
export function countedBus(bus: Bus): { readonly bus: Bus; readonly listeners: () => number } {
  let count = 0;
  const counted = (unsubscribe: () => void): (() => void) => {
    let isOn = true;
    count += 1;
    return () => {
      if (isOn) count -= 1;
      isOn = false;
      unsubscribe();
    };
  };
  return {
    listeners: () => count,
    bus: {
      emit: bus.emit,
      on: (name, handler) => counted(bus.on(name, handler)),
      onAny: (handler) => counted(bus.onAny(handler)),
    },
  };
}
