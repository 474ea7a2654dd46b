/** What stands beside the service and is reached over HTTP too. */
export interface Observability {
  /** The text that Prometheus reads. */
  readonly metrics: () => Promise<string>;
  /** Sends a test to every target; what came of each. */
  readonly testNotifications: () => Promise<readonly NotificationTest[]>;
}

export interface NotificationTest {
  /** Its place in the config. */
  readonly target: string;
  readonly type: string;
  /** Why it was not delivered; null when it was. */
  readonly problem: string | null;
}
