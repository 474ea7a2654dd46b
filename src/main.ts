import { parseArguments, UsageError } from './cli/arguments.ts';
import { check } from './cli/check.ts';
import { completion } from './cli/completion.ts';
import { doctor } from './cli/doctor.ts';
import { EXIT, type ExitCode } from './cli/exit-codes.ts';
import { explainFailure } from './cli/explain-failure.ts';
import { commandHelp, generalHelp } from './cli/help.ts';
import { importDatabase } from './cli/import.ts';
import { match } from './cli/match.ts';
import { answerInJson, outliveReaders, print, printError } from './cli/output.ts';
import { preview } from './cli/preview.ts';
import { rollback } from './cli/rollback.ts';
import { rollout } from './cli/rollout.ts';
import { run } from './cli/run.ts';
import { state } from './cli/state.ts';

/** Put in by the build. */
const VERSION = process.env.QGUARDARR_VERSION ?? 'development';

async function main(argv: readonly string[]): Promise<ExitCode> {
  const parsed = parseArguments(argv);
  if (parsed.help) {
    print(parsed.named === null ? generalHelp() : commandHelp(parsed.named));
    return EXIT.ok;
  }
  if (parsed.version) {
    print(VERSION);
    return EXIT.ok;
  }
  if (parsed.json) answerInJson();
  switch (parsed.command) {
    case 'run':
      return run(parsed, VERSION);
    case 'check':
      return check(parsed.config);
    case 'doctor':
      return doctor(parsed);
    case 'preview':
      return preview(parsed.config);
    case 'match':
      return match(parsed.config, parsed.operands[0] ?? '');
    case 'rollback':
      return rollback(parsed.config, parsed);
    case 'rollout':
      return rollout(parsed);
    case 'import':
      return importDatabase(parsed);
    case 'state':
      return state(parsed);
    case 'completion':
      return completion(parsed.operands[0] ?? '');
  }
}

outliveReaders();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    printError(`${error.message}\nTry qguardarr --help`);
    process.exitCode = EXIT.usage;
  } else {
    printError(explainFailure(error));
    process.exitCode = EXIT.failed;
  }
}
