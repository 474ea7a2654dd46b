import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** As Debian, Ubuntu, Fedora and Google name it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where the browser is: CHROMIUM if that is set, else the first on the PATH; null when there is none. */
export function findChromium(): string | null {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return candidates.find(isProgram) ?? null;
}

/** Headless. Rejects with what to do when there is no browser. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) {
    throw new Error(
      'no Chromium was found: install it (apt-get install chromium) or set CHROMIUM to its path',
    );
  }
  return await chromium.launch({
    executablePath,
    // Its sandbox needs rights that root in a container often lacks; it loads our own page only.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
