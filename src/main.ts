import { parseArguments, UsageError } from './cli/arguments.ts';
import { EXIT, type ExitCode } from './cli/exit-codes.ts';
import { explainFailure } from './cli/explain-failure.ts';
import { commandHelp, generalHelp } from './cli/help.ts';
import { answerInJson, outliveReaders, print, printError } from './cli/output.ts';

/** Put in by the build. */
const VERSION = process.env.QGUARDARR_VERSION ?? 'development';

async function main(argv: readonly string[]): Promise<ExitCode> {
  const parsed = parseArguments(argv);
  if (parsed.help) {
    print(...(parsed.named === null ? generalHelp() : commandHelp(parsed.named)).split('\n'));
    return EXIT.ok;
  }
  if (parsed.version) {
    print(VERSION);
    return EXIT.ok;
  }
  if (parsed.json) answerInJson();
  switch (parsed.command) {
    case 'run':
      return (await import('./cli/run.ts')).run(parsed, VERSION);
    case 'check':
      return (await import('./cli/check.ts')).check(parsed.config);
    case 'doctor':
      return (await import('./cli/doctor.ts')).doctor(parsed);
    case 'preview':
      return (await import('./cli/preview.ts')).preview(parsed.config);
    case 'match':
      return (await import('./cli/match.ts')).match(parsed.config, parsed.operands[0] ?? '');
    case 'rollback':
      return (await import('./cli/rollback.ts')).rollback(parsed.config, parsed);
    case 'rollout':
      return (await import('./cli/rollout.ts')).rollout(parsed);
    case 'import':
      return (await import('./cli/import.ts')).importRows(parsed);
    case 'originals':
      return (await import('./cli/originals.ts')).originals(parsed);
    case 'take-ownership':
      return (await import('./cli/take-ownership.ts')).takeOwnership(parsed);
    case 'state':
      return (await import('./cli/state.ts')).state(parsed);
    case 'completion':
      return (await import('./cli/completion.ts')).completion(parsed.operands[0] ?? '');
  }
}

outliveReaders();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    printError(error.message, 'Try qguardarr --help');
    process.exitCode = EXIT.usage;
  } else {
    printError(explainFailure(error));
    process.exitCode = EXIT.failed;
  }
}
