/** What stands beside the service and is reached over HTTP too. */
export interface Observability {
  /** The text that Prometheus reads. */
  readonly metrics: () => Promise<string>;
}
