/* Loaded into the built service: a signal makes it crash by an error that carries what no error should. */
const { PLANTED_CRASH = '' } = process.env;

process.on('SIGUSR2', () => {
  const [passkey, ...secrets] = PLANTED_CRASH.split('\n');
  setImmediate(() => {
    const cause = new Error(`caused by ${secrets.join(' and ')}`);
    const error = new TypeError(
      `of https://tracker.example/${passkey}/announce and ${secrets.join(' and ')}`,
      { cause },
    );
    Object.assign(error, { input: PLANTED_CRASH, config: { headers: { authorization: secrets[0] } } });
    throw error;
  });
});
