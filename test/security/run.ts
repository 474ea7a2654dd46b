/**
 * `npm run test:security [-- --only TEXT]`: attacks on a service that really runs, over real sockets, and a table of
 * what it answered. One passes when the attack achieved nothing and the service serves on.
 */
import { parseArgs } from 'node:util';
import { findChromium } from '../browser/support/chromium.ts';
import type { Attack, Need, Verdict } from './attack.ts';
import { browserAttacks } from './attacks/browser.ts';
import { clientAttacks } from './attacks/clients.ts';
import { commandAttacks } from './attacks/commands.ts';

import { configAttacks } from './attacks/configs.ts';
import { connectionAttacks, strangerAttacks } from './attacks/connections.ts';
import { fileAttacks } from './attacks/files.ts';
import { floodAttacks, slowAttacks } from './attacks/floods.ts';
import { keyAttacks } from './attacks/keys.ts';
import { malformedAttacks } from './attacks/malformed.ts';
import { pageAttacks } from './attacks/pages.ts';
import { proxyAttacks } from './attacks/proxies.ts';
import { rowAttacks } from './attacks/rows.ts';
import { textAttacks } from './attacks/texts.ts';
import { findProgram } from './proxy.ts';
import { lanAddress } from './raw.ts';
import { huntSecrets } from './secrets/hunt.ts';
import { Victim } from './victim.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
/** One after the other. */
const quickAttacks: readonly Attack[] = [
  ...keyAttacks,
  ...pageAttacks,
  ...proxyAttacks,
  ...malformedAttacks,
  ...configAttacks,
  ...fileAttacks,
  ...commandAttacks,
  ...rowAttacks,
  ...textAttacks,
  ...browserAttacks,
  ...floodAttacks,
  ...connectionAttacks,
];
const isChosen = ({ name }: Attack) => name.includes(values.only);
/** On a service of its own, which it makes crash. */
const hunt: Attack = { name: 'planted secrets, in all that a full run left', run: huntSecrets };
const IS_THERE: Readonly<Record<Need, boolean>> = {
  browser: findChromium() !== null,
  caddy: findProgram('caddy') !== null,
  nginx: findProgram('nginx') !== null,
  'an address that is not loopback': lanAddress() !== null,
};
let skipped = 0;

/** Those chosen that can be played here. In CI all are: one that can't fails. */
function playable(attacks: readonly Attack[]): readonly Attack[] {
  return attacks.filter(isChosen).filter(({ name, needs }) => {
    if (needs === undefined || IS_THERE[needs] || process.env.CI === 'true') return true;
    console.log(`skip  ${name}: it takes ${needs}`);
    skipped += 1;
    return false;
  });
}

const attacks = playable(quickAttacks);
/** They fill every connection, from an address that isn't loopback: on a service of their own, and alone. */
const ofStrangers = playable(strangerAttacks);

async function play(attack: Attack, victim: Victim): Promise<Verdict> {
  try {
    const verdict = await attack.run(victim);
    const { status, ms } = await victim.ask('GET', '/health');
    const isWell = status === 200 && ms < 2_000;
    return isWell
      ? verdict
      : { ...verdict, damage: [...verdict.damage, `then /health answered ${status} in ${ms} ms`] };
  } catch (error) {
    return { answer: '', damage: [String(error)] };
  }
}

const verdicts: Verdict[] = [];

async function playAndTell(attack: Attack, victim: Victim): Promise<void> {
  const verdict = await play(attack, victim);
  verdicts.push(verdict);
  const mark = verdict.damage.length === 0 ? 'held' : 'LOST';
  console.log(`${mark}  ${attack.name.padEnd(54)}  ${verdict.answer}`);
  for (const line of verdict.damage) console.log(`      - ${line}`);
}

/** These wait nearly all of their time: all at once, on a service beside that of the others. */
const atOnce = [...slowAttacks, hunt].filter(isChosen);
await Promise.all([
  Victim.with(async (victim) => {
    for (const attack of attacks) await playAndTell(attack, victim);
  }),
  Victim.with(async (victim) => {
    await Promise.all(atOnce.map((attack) => playAndTell(attack, victim)));
  }),
]);

if (ofStrangers.length > 0) {
  await Victim.with(async (victim) => {
    for (const attack of ofStrangers) await playAndTell(attack, victim);
  }, '0.0.0.0');
}
const hostile = clientAttacks.filter(isChosen);
if (hostile.length > 0) {
  await Victim.with(async (victim) => {
    for (const attack of hostile) await playAndTell(attack, victim);
  });
}

const failed = verdicts.filter(({ damage }) => damage.length > 0).length;
console.log(
  `${verdicts.length - failed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
);
process.exitCode = failed > 0 || verdicts.length === 0 ? 1 : 0;
