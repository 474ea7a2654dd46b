import type { Config } from '../config/schema.ts';
import type { Notice } from './notice.ts';

export type Target = Config['notifications']['targets'][number];

/** Discord refuses more than 2,000 characters in all. */
const LONGEST_TITLE = 200;
const LONGEST_MESSAGE = 1_600;
/** SUPPRESS_EMBEDS: no preview of what looks like a link. */
const DISCORD_NO_PREVIEWS = 4;

/** What a target of that type is sent, as JSON. */
export function payloadFor(type: Target['type'], notice: Notice): Record<string, unknown> {
  const { kind, severity } = notice;
  const title = short(notice.title, LONGEST_TITLE);
  const message = short(notice.message, LONGEST_MESSAGE);
  switch (type) {
    case 'discord':
      return {
        content:
          `**${short(plainMarkdown(title), LONGEST_TITLE)}**\n` +
          short(plainMarkdown(message), LONGEST_MESSAGE),
        // A text from outside must not ring anyone's phone.
        allowed_mentions: { parse: [] },
        flags: DISCORD_NO_PREVIEWS,
      };
    case 'apprise':
      return { title, body: message, type: severity, format: 'text' };
    case 'webhook':
      return {
        source: 'qguardarr',
        event: kind,
        severity,
        title,
        message,
        at: new Date(notice.at).toISOString(),
      };
  }
}

/** Neither a pair of surrogates nor an escape is cut in two. */
function short(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).replace(/(?:\\+|[\ud800-\udbff])$/, '')}…`;
}

/** Shown as it is: nothing in it makes a link, a heading or a code block. */
function plainMarkdown(text: string): string {
  return text.replace(/[\\`*_~|<>[\]()#@:-]/g, '\\$&');
}
