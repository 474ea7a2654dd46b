import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OperationRefused } from '../../../src/service/operations.ts';
import { eventually } from '../../support/service-rig.ts';
import { isContested, OWN, pair, pass, rollBack } from './two-rigs.ts';

const test = suite('adopting originals');

test('the limits of a live controller are not adopted, as its originals would be lost', async () => {
  await pair('5.3.0', async ({ first, second, clock }) => {
    await eventually('contested', () => isContested(second));
    const refused = await second.operations.adoptOriginals('unlimited').then(
      () => null,
      (error: unknown) => error,
    );
    assert.instance(refused, OperationRefused);
    await rollBack(first);
    await first.service.stop();
    await pass(clock, [second], 2);
    await eventually('in charge', () => second.service.link === 'online');
    await second.cycle();
    await rollBack(second);
    assert.equal(second.limits, OWN);
  });
});

test.run();
