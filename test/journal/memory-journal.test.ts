import { MemoryJournal } from '../../src/journal/memory-journal.ts';
import { contract } from './contract.ts';

contract('MemoryJournal', async (options) => {
  const journal = new MemoryJournal(options);
  return { journal, reopen: async () => journal, end: () => journal.close() };
});
