import type { NotificationKind } from '../config/notifications.ts';

/** One thing to tell people. Plain text: it may repeat what came from outside. */
export interface Notice {
  readonly kind: NotificationKind | 'test';
  readonly severity: 'info' | 'success' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
  /** Unix ms. */
  readonly at: number;
}
