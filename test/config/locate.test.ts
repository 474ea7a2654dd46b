import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_CONFIG_PATH, locateConfig } from '../../src/config/locate.ts';

const there = (): boolean => true;
const nowhere = (): boolean => false;

test('--config comes before QGUARDARR_CONFIG, and that before the usual place', () => {
  const env = { QGUARDARR_CONFIG: '/env.yaml' };
  assert.is(locateConfig({ flag: '/flag.yaml', env, exists: there }), '/flag.yaml');
  assert.is(locateConfig({ flag: null, env, exists: there }), '/env.yaml');
  assert.is(locateConfig({ flag: null, env: {}, exists: there }), DEFAULT_CONFIG_PATH);
  assert.is(locateConfig({ flag: '', env: { QGUARDARR_CONFIG: '' }, exists: there }), DEFAULT_CONFIG_PATH);
});

test('a file that was named is not replaced by another when it is missing', () => {
  assert.is(locateConfig({ flag: '/gone.yaml', env: {}, exists: nowhere }), '/gone.yaml');
});

test('null when nothing is named and nothing is in the usual place', () => {
  assert.is(locateConfig({ flag: null, env: {}, exists: nowhere }), null);
});

test.run();
