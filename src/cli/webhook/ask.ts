import { createInterface } from 'node:readline/promises';
import { printError } from '../output.ts';

/** Whether the user agrees. Without a terminal to ask on, it takes `--yes`, and says so. */
export async function agrees(question: string, saidYes: boolean): Promise<boolean> {
  if (saidYes) return true;
  if (process.stdin.isTTY !== true) {
    printError('nothing was changed: there is no terminal to ask on, so add --yes');
    return false;
  }
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await dialogue.question(`${question} [y/N] `)).trim());
  } finally {
    dialogue.close();
  }
}
