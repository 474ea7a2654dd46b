import { shownBaseUrl } from '../config/base-url.ts';
import { exposedFiles } from '../config/exposed-files.ts';
import type { Config } from '../config/schema.ts';
import { compileMatcher } from '../control/matching.ts';
import type { Torrent } from '../control/torrent.ts';
import { probeCrossSeed } from '../cross-seed/probe.ts';
import { JournalError } from '../journal/errors.ts';
import type { Journal } from '../journal/records.ts';
import type { QbittorrentClient } from '../qbittorrent/client.ts';
import type { ExternalPrograms } from '../qbittorrent/external-programs.ts';
import { RowReader } from '../service/limits/row-reader.ts';
import { fullReadsFinding } from '../service/measures/full-reads-finding.ts';
import { controllerContest, rewriterContest, unknownLimitsContest } from '../service/ownership/contest.ts';
import { decodeMarker, describeHolder } from '../service/ownership/marker.ts';
import { findUnknownLimits } from '../service/ownership/unknown-limits.ts';
import { diagnoseAccess } from '../service/reports/access-findings.ts';
import { diagnoseAnnounceUrls, diagnoseLeftOutUrls } from '../service/reports/announce-findings.ts';
import { diagnoseClient } from '../service/reports/client-findings.ts';
import {
  diagnoseMarker,
  diagnosePreferences,
  diagnoseTorrents,
  type Finding,
} from '../service/reports/diagnosis.ts';
import { diagnosePatterns } from '../service/reports/pattern-findings.ts';
import type { Arguments } from './arguments.ts';
import { type Connection, withConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { localUrl } from './local-url.ts';
import { openJournal } from './open-journal.ts';
import { lookForMarker } from './other-controller.ts';
import { count, print, printJson, type Style, styled } from './output.ts';
import { changeWebhook } from './webhook/webhook-installer.ts';

/** Connects and reports what would keep caps from holding; or installs or removes the webhook. */
export async function doctor(options: Arguments): Promise<ExitCode> {
  const loaded = await loadOrExplain(options.config);
  if (loaded === null) return EXIT.invalid;
  const { config } = loaded;
  if (options.installWebhook || options.removeWebhook) return await changeWebhook(config, options);
  const ofConfig = [
    ...loaded.warnings.map((problem): Finding => ({ problem, advice: 'see the config' })),
    ...diagnoseAccess(config),
    ...(await diagnoseCrossSeed(config)),
    ...(await exposedFiles(loaded.path, config)).map((file): Finding => ({ severity: 'note', ...file })),
  ];
  const { journal, findings } = await examineJournal(config);
  try {
    return await withConnection(config, journal, false, async (connection) => {
      const all = [...ofConfig, ...findings, ...(await examine(connection, journal, config))];
      const torrents = connection.picture.table.size;
      const address = shownBaseUrl(config);
      print(`connected to qBittorrent ${connection.appVersion} at ${address}: ${count(torrents, 'torrent')}`);
      return report(all, { version: connection.appVersion, address, torrents });
    });
  } finally {
    await journal?.close();
  }
}

async function examine(
  { client, picture, held, appVersion, keepsClientData }: Connection,
  journal: Journal | null,
  config: Config,
): Promise<Finding[]> {
  const { signal } = new AbortController();
  await picture.refresh('read', true, signal);
  // Asks for changes only: a full answer means that qBittorrent does not know the session again.
  await picture.refresh('read', false, signal);
  const torrents = [...picture.torrents()];
  const { rows } = picture.table;
  const reader = new RowReader(picture.table);
  const matcher = compileMatcher(config.trackers);
  const preferences = await client.preferences();
  return [
    ...(picture.fullReads.inARow > 0 ? [fullReadsFinding(picture.fullReads)] : []),
    ...diagnosePreferences(preferences),
    ...diagnoseClient(appVersion, preferences, picture.table.serverState, config),
    ...diagnoseTorrents(
      torrents,
      ({ key }) => reader.trackerIdOf(key, matcher),
      // A running service holds the journal: then it is not known here whose the limits are.
      (torrent) => journal !== null && held.get(torrent.key) === undefined,
      config,
    ),
    ...diagnosePatterns([...rows.allAnnounceUrls()], matcher),
    ...diagnoseAnnounceUrls(rows),
    ...diagnoseLeftOutUrls(rows),
    ...(journal === null ? [] : await diagnoseOwnership(journal, torrents, keepsClientData ? client : null)),
    ...diagnoseWebhook(await client.externalPrograms(), config),
  ];
}

/** @param client null: it keeps no markers */
async function diagnoseOwnership(
  journal: Journal,
  torrents: readonly Torrent[],
  client: QbittorrentClient | null,
): Promise<Finding[]> {
  const { value, refusal } = client === null ? { value: null, refusal: null } : await lookForMarker(client);
  const marker = decodeMarker(value);
  const findings = diagnoseMarker(refusal);
  if (marker === 'unreadable') {
    findings.push({
      problem: 'the client has the marker of a Qguardarr of another version',
      advice: 'stop that one, or let it run and stop this one',
    });
  } else if (marker !== null && marker.journal !== journal.name) {
    const { problem, advice } = controllerContest(describeHolder(marker));
    const was = marker.state === 'stopped' ? ' (it has stopped)' : '';
    findings.push({ problem: `${problem}${was}`, advice });
  }
  if (journal.contest !== null) findings.push(rewriterContest(journal.contest.problem));
  const unknown = findUnknownLimits(torrents, journal, () => true);
  if (unknown.length > 0) findings.push(unknownLimitsContest(unknown.length, null));
  return findings;
}

function diagnoseWebhook({ onAdded, onFinished }: ExternalPrograms, config: Config): Finding[] {
  const isOff = (program: ExternalPrograms['onAdded']) =>
    program !== null && !(program.enabled && program.program.trim() !== '');
  const findings: Finding[] = [];
  if (isOff(onAdded)) {
    findings.push({
      severity: 'note',
      problem: 'qBittorrent runs no program when a torrent is added: new ones are seen at the next cycle',
      advice: 'have it tell the service at once: qguardarr doctor --install-webhook',
    });
  }
  if (config.cross_seed.enabled && isOff(onFinished)) {
    findings.push({
      problem: 'cross_seed.enabled is true, but qBittorrent runs no program when a torrent is finished',
      advice: 'have it tell the service: qguardarr doctor --install-webhook',
    });
  }
  return findings;
}

async function diagnoseCrossSeed({ cross_seed }: Config): Promise<Finding[]> {
  if (!cross_seed.enabled) return [];
  const finding = await probeCrossSeed(cross_seed, new AbortController().signal);
  return finding === null ? [] : [finding];
}

type Severity = NonNullable<Finding['severity']>;
const STYLES: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', note: 'cyan' };
const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** Worst first. */
function report(findings: readonly Finding[], qbittorrent: Record<string, unknown>): ExitCode {
  const graded = SEVERITIES.flatMap((severity) =>
    findings
      .filter((finding) => (finding.severity ?? 'warning') === severity)
      .map(({ problem, advice }) => ({ severity, problem, advice })),
  );
  for (const { severity, problem, advice } of graded) {
    print(`- ${styled(STYLES[severity], severity)}: ${problem}`, `    ${advice}`);
  }
  const isFine = graded.every(({ severity }) => severity === 'note');
  printJson({ status: isFine ? 'ok' : 'findings', qbittorrent, findings: graded });
  if (isFine) print(styled('green', 'nothing keeps the caps from holding'));
  return isFine ? EXIT.ok : EXIT.invalid;
}

/** A journal that can't be used is a finding like any other: the rest is looked at all the same. */
async function examineJournal(
  config: Config,
): Promise<{ readonly journal: Journal | null; readonly findings: readonly Finding[] }> {
  const finding = (error: JournalError): Finding => ({
    severity: 'error',
    problem: error.message,
    advice: 'until it can be written, no limit is set',
  });
  try {
    const opened = await openJournal(config);
    if ('heldBy' in opened) {
      print(`the journal is in use by ${opened.heldBy}: ${localUrl(config)}/health says how the service is`);
      return { journal: null, findings: [] };
    }
    const { journal } = opened;
    const { failure } = journal;
    return { journal, findings: failure === null ? [] : [finding(failure)] };
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return { journal: null, findings: [finding(error)] };
  }
}
