/** As many calls wait as may. The cycle that wanted more is to be made smaller, or the rate raised. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
  readonly waiting: number;

  constructor(waiting: number) {
    super(
      `${waiting} calls to qBittorrent are waiting already, no more are taken in: raise global.calls_per_second or global.max_queued_calls, or see why qBittorrent is slow.`,
    );
    this.waiting = waiting;
  }
}

/** The call was not made: the queue is stopping. */
export class QueueStopped extends Error {
  override readonly name = 'QueueStopped';

  constructor() {
    super('The call to qBittorrent was not made: its queue has been stopped.');
  }
}
