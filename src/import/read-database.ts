import { type Histories, HistoryKeeper } from './histories.ts';
import { rollbackRows } from './rollback-rows.ts';
import { Pages } from './sqlite/pages.ts';

/**
 * All of the Python Qguardarr's rollback database, which is only read.
 * @param onProgress told now and then how much has been read, 0 to 1
 * Rejects with DatabaseError, or the system's error when the file can't be opened.
 */
export async function readDatabase(
  file: string,
  onProgress: (fraction: number) => void = () => undefined,
): Promise<Histories> {
  const pages = await Pages.open(file);
  try {
    const keeper = new HistoryKeeper();
    for await (const rows of rollbackRows(pages)) {
      for (const row of rows) keeper.add(row);
      onProgress(pages.fraction);
    }
    await pages.assertUnchanged();
    return keeper.histories;
  } finally {
    await pages.close();
  }
}
