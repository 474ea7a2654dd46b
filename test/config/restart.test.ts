import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { restartNeeded } from '../../src/config/restart.ts';
import { loadValid, MINIMAL } from './support/loading.ts';

const before = await loadValid(MINIMAL);

test('what is taken up while running needs no restart', async () => {
  const after = await loadValid(
    `global: {control_interval: 5, allocation_strategy: soft, dry_run: true}\nlogging: {level: debug}\n${MINIMAL.replace('8080', '8081').replace('-1', '2048')}`,
  );
  assert.equal(restartNeeded(before, after), []);
});

test('addresses, paths of stores and the name of the instance need one', async () => {
  const after = await loadValid(
    `global: {host: 0.0.0.0, port: 1, max_queued_calls: 7, dry_run_store_path: x}\nrollback: {database_path: y}\n${MINIMAL.replace('  host', '  name: other\n  host')}`,
  );
  assert.equal(restartNeeded(before, after), [
    'global.host',
    'global.port',
    'global.max_queued_calls',
    'global.dry_run_store_path',
    'qbittorrent.name',
    'rollback.database_path',
  ]);
});

test.run();
