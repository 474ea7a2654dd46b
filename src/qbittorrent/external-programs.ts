import * as t from 'io-ts';
import { decodeAnswer, pick } from './codecs.ts';

/** One of qBittorrent's "Run external program" settings. */
export interface ExternalProgram {
  readonly enabled: boolean;
  /** May hold secrets of the user's: never shown. */
  readonly program: string;
}

/** null: this version doesn't have it. */
export interface ExternalPrograms {
  readonly onAdded: ExternalProgram | null;
  readonly onFinished: ExternalProgram | null;
}

const preferences = pick('preferences', {
  autorun_on_torrent_added_enabled: t.boolean,
  autorun_on_torrent_added_program: t.string,
  autorun_enabled: t.boolean,
  autorun_program: t.string,
});

/** @throws UnexpectedAnswer with the path of what has the wrong type */
export function decodeExternalPrograms(input: unknown, endpoint: string): ExternalPrograms {
  const raw = decodeAnswer(preferences, input, endpoint);
  const of = (enabled: boolean | undefined, program: string | undefined) =>
    enabled === undefined || program === undefined ? null : { enabled, program };
  return {
    onAdded: of(raw.autorun_on_torrent_added_enabled, raw.autorun_on_torrent_added_program),
    onFinished: of(raw.autorun_enabled, raw.autorun_program),
  };
}

/** As `app/setPreferences` takes them; those that are null stay as they are. */
export function encodeExternalPrograms({ onAdded, onFinished }: ExternalPrograms): string {
  return JSON.stringify({
    ...(onAdded !== null && {
      autorun_on_torrent_added_enabled: onAdded.enabled,
      autorun_on_torrent_added_program: onAdded.program,
    }),
    ...(onFinished !== null && { autorun_enabled: onFinished.enabled, autorun_program: onFinished.program }),
  });
}
