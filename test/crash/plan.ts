/** What a run of the service is to do and where it is to die: given to its process as an argument. */
import * as t from 'io-ts';

/** The one crossing of a boundary at which a process dies. */
const Target = t.type({
  /** `phase | step`, or null: any. */
  boundary: t.union([t.string, t.null]),
  /** The first, second… time that it is crossed, from 1. */
  occurrence: t.number,
  /** The machine loses its power, and with it all that was not fsynced; otherwise only the process is killed. */
  powerCut: t.boolean,
});
export type Target = t.TypeOf<typeof Target>;

export const Plan = t.type({
  /** `play` all of the script; `recover`: start again and roll back; `command line`: roll back without a service. */
  mode: t.keyof({ play: null, recover: null, 'command line': null }),
  folder: t.string,
  /** Of what the service takes for the client's WebUI. */
  clientPort: t.number,
  target: t.union([Target, t.null]),
  /** The journal's file is copied at this crossing of all, from 1; null: never. */
  copyAt: t.union([t.number, t.null]),
});
export type Plan = t.TypeOf<typeof Plan>;

/** From the service's process. It waits for the answer to `phase` and `hand`. */
export const Message = t.union([
  t.type({ kind: t.literal('phase'), phase: t.string }),
  /** Now the user sets a limit by hand. */
  t.type({ kind: t.literal('hand') }),
  /** It came to its end: what it crossed on its way, and how many originals its journal still holds. */
  t.type({ kind: t.literal('ended'), crossed: t.array(t.string), originals: t.number }),
]);
export type Message = t.TypeOf<typeof Message>;
