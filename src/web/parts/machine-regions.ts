/** A state in the drawing of the service's machine. */
export interface DrawnState {
  readonly name: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly tone: 'good' | 'warn' | 'bad' | 'busy' | 'plain';
}

/** A region: states of one size, and the ways between them as paths. */
export interface DrawnRegion {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly stateWidth: number;
  readonly states: readonly DrawnState[];
  readonly ways: readonly string[];
}

export const STATE_HEIGHT = 34;

/** As in machines/lifecycle.region.ts. */
export const LIFECYCLE: DrawnRegion = {
  title: 'Service',
  width: 360,
  height: 146,
  stateWidth: 96,
  states: [
    { name: 'starting', label: 'starting', x: 4, y: 8, tone: 'busy' },
    { name: 'steady', label: 'steady', x: 132, y: 8, tone: 'good' },
    { name: 'rollingOut', label: 'rolling out', x: 260, y: 8, tone: 'busy' },
    { name: 'rollingBack', label: 'rolling back', x: 260, y: 92, tone: 'warn' },
    { name: 'rolledBack', label: 'rolled back', x: 132, y: 92, tone: 'warn' },
  ],
  ways: [
    'M102 25H126',
    'M230 19H254',
    'M258 31H234',
    'M308 44V86',
    'M212 44L258 88',
    'M258 109H234',
    'M180 90V48',
    'M52 44V126Q52 140 66 140H294Q308 140 308 131',
  ],
};

/** As in machines/link.region.ts. */
export const LINK: DrawnRegion = {
  title: 'Link to qBittorrent',
  width: 360,
  height: 112,
  stateWidth: 96,
  states: [
    { name: 'connecting', label: 'connecting', x: 4, y: 8, tone: 'busy' },
    { name: 'online', label: 'online', x: 132, y: 8, tone: 'good' },
    { name: 'offline', label: 'offline', x: 260, y: 8, tone: 'bad' },
    { name: 'contested', label: 'contested', x: 132, y: 74, tone: 'bad' },
  ],
  ways: [
    'M102 25H126',
    'M230 25H254',
    'M308 44V52Q308 62 298 62H62Q52 62 52 52V48',
    'M200 44V70',
    'M126 91H46Q36 91 36 81V48',
    'M230 91H310Q320 91 320 81V48',
  ],
};

/** As in machines/cycle.region.ts. */
export const CYCLE: DrawnRegion = {
  title: 'Cycle',
  width: 360,
  height: 70,
  stateWidth: 72,
  states: [
    { name: 'idle', label: 'idle', x: 4, y: 8, tone: 'plain' },
    { name: 'observing', label: 'observe', x: 97, y: 8, tone: 'good' },
    { name: 'planning', label: 'plan', x: 190, y: 8, tone: 'good' },
    { name: 'applying', label: 'apply', x: 284, y: 8, tone: 'good' },
  ],
  ways: ['M78 25H92', 'M171 25H185', 'M264 25H279', 'M320 44V52Q320 62 310 62H50Q40 62 40 52V48'],
};

/** "rollingOut.held" is drawn as rollingOut, with "held" written below. */
export function drawnName(state: string): { readonly name: string; readonly below: string } {
  const [name = '', ...rest] = state.split('.');
  return { name, below: rest.join(' ') };
}

export function lifecycleTone(state: string): DrawnState['tone'] {
  return toneIn(LIFECYCLE, state);
}

export function linkTone(state: string): DrawnState['tone'] {
  return toneIn(LINK, state);
}

function toneIn(region: DrawnRegion, state: string): DrawnState['tone'] {
  const { name } = drawnName(state);
  return region.states.find((known) => known.name === name)?.tone ?? 'plain';
}
