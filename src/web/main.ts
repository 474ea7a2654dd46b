import type { HistoryReport } from '../service/live-types.ts';
import { Api } from './api.ts';
import { LiveStream } from './live/live-stream.ts';
import { loginForm } from './login.ts';
import { Shell } from './shell.ts';
import { Store } from './store.ts';

const root = document.querySelector('#app') ?? document.body;
const api = new Api();
const store = new Store();

const stream = new LiveStream({
  api,
  onUpdate: (update) => store.take(update),
  onStatus: (status) => {
    store.setStream(status);
    if (status.kind === 'live') void fillHistory();
  },
});
const shell = new Shell({ api, store, retry: () => stream.retry() });

/** The page may have been opened, or been away, for a while: the server remembers the last minutes. */
async function fillHistory(): Promise<void> {
  try {
    const history = await api.get<HistoryReport>('/stats/history');
    store.series.begin(history);
    if (store.stats !== null) store.series.add(store.stats);
    store.changed();
  } catch {
    // The charts then begin with what comes from now on.
  }
}

let isAsking = false;
api.onUnauthorized = (code, message) => {
  if (isAsking) return;
  isAsking = true;
  shell.close();
  root.replaceChildren(
    loginForm(api, code === 'key_missing' ? null : message, () => {
      isAsking = false;
      root.replaceChildren(shell.element);
      shell.open();
      stream.retry();
    }),
  );
};

root.replaceChildren(shell.element);
shell.open();
stream.start();
