import type { Bus } from '../bus.ts';
import type { EventName, Events } from '../events.ts';

/** The next event of this name that `accepts` takes, or null when none comes within `withinMs`. */
export function nextEvent<Name extends EventName>(
  bus: Bus,
  name: Name,
  withinMs: number,
  accepts: (event: Events[Name]) => boolean = () => true,
): Promise<Events[Name] | null> {
  return new Promise((resolve) => {
    const end = (event: Events[Name] | null) => {
      clearTimeout(timer);
      unsubscribe();
      resolve(event);
    };
    const timer = setTimeout(() => end(null), withinMs);
    timer.unref();
    const unsubscribe = bus.on(name, (event) => {
      if (accepts(event)) end(event);
    });
  });
}
