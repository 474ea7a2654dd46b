/** The config's `notifications`: whom to tell of what. */
import { choice, closed, decimal, integer, list, optional, secret, text } from './codecs.ts';

/** What can be told; each with its end, where it has one ("offline" is followed by "online again"). */
export const NOTIFICATION_KINDS = [
  'offline',
  'contested',
  'cap_not_held',
  'loop_slow',
  'full_reads',
  'announce_urls',
  'rollback_done',
  'rollout_step',
  'config_refused',
  'journal_not_writable',
] as const;

export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

const target = closed({
  type: choice('apprise', 'discord', 'webhook'),
  /** Holds a token in most cases. */
  url: secret(text('http:// or https:// URL', (input) => /^https?:\/\//i.test(input) && URL.canParse(input))),
  events: optional(list(choice(...NOTIFICATION_KINDS)), NOTIFICATION_KINDS),
});

export const notificationsSection = closed({
  targets: optional(list(target), []),
  /** Of one kind, one message in so long; what comes between is counted and the latest sent at its end. */
  min_interval: optional(integer({ min: 1, max: 86_400, unit: 'seconds' }), 60),
  /** For one attempt. */
  timeout: optional(decimal({ min: 1, max: 60, unit: 'seconds' }), 10),
});
