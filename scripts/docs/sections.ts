/** The parts of the documents that are made from the code, so that they can't go stale. */
import type { AnyStateNode } from 'xstate';
import { serviceMachine } from '../../machines/service.machine.ts';
import { trackerMachine } from '../../machines/tracker.machine.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { machineDiagram } from './machine-diagram.ts';

/** What stands between `<!-- made: NAME -->` and `<!-- /made -->`. */
export const SECTIONS: Readonly<Record<string, () => string>> = {
  commands: commandTable,
  'machine lifecycle': () => regionDiagram('lifecycle'),
  'machine link': () => regionDiagram('link'),
  'machine cycle': () => regionDiagram('cycle'),
  'machine tracker': () => diagramOf(trackerMachine.root),
};

const SECTION = /(?<begin><!-- made: (?<name>[^>]+) -->\n).*?(?<end><!-- \/made -->)/gs;

/** The document with its made parts made anew. Throws when it names a part that there isn't. */
export function remade(document: string): string {
  return document.replace(SECTION, (_, begin: string, name: string, end: string) => {
    const make = SECTIONS[name];
    if (make === undefined)
      throw new Error(`no part is called "${name}": there are ${Object.keys(SECTIONS).join(', ')}`);
    return `${begin}${make()}\n${end}`;
  });
}

/** Of the parts that a document has. */
export function partsOf(document: string): string[] {
  return [...document.matchAll(SECTION)].map(({ groups }) => groups?.name ?? '');
}

function diagramOf(node: AnyStateNode): string {
  return `\`\`\`mermaid\n${machineDiagram(node)}\n\`\`\``;
}

function regionDiagram(name: string): string {
  const region = serviceMachine.root.states[name];
  if (region === undefined) throw new Error(`the service machine has no region ${name}`);
  return diagramOf(region);
}

function commandTable(): string {
  const rows = COMMANDS.map(({ name, operands, summary }) => {
    const usage = operands === '' ? name : `${name} ${operands}`;
    return `| \`${usage.replaceAll('|', '\\|')}\` | ${summary} |`;
  });
  return ['| | |', '|---|---|', ...rows].join('\n');
}
