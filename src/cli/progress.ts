import { overwriteLine } from '../log/terminal.ts';
import { showsProgress } from './output.ts';

const WIDTH = 24;

/** One line for work that takes a while: `[#####-----] 21 % measuring`. */
export function progressLine(fraction: number, label: string): string {
  const part = Math.min(1, Math.max(0, fraction));
  const filled = Math.round(part * WIDTH);
  const bar = '#'.repeat(filled) + '-'.repeat(WIDTH - filled);
  return `[${bar}] ${String(Math.floor(part * 100)).padStart(3)} % ${label}`;
}

/**
 * Runs work that takes a while. Where stderr is a terminal, a bar there shows how far it is, asked a few times a
 * second; it is gone when the work ends.
 */
export async function withProgress<T>(
  label: string,
  fraction: () => number,
  work: () => Promise<T>,
): Promise<T> {
  if (!showsProgress()) return await work();
  const show = () => overwriteLine(process.stderr, progressLine(fraction(), label));
  show();
  const timer = setInterval(show, 200);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    overwriteLine(process.stderr, '');
  }
}
