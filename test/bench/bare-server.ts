/**
 * What the machine and the sender of webhooks cost by themselves: answers of the same size by Node's own HTTP server,
 * with nothing behind it.
 */
import { createServer } from 'node:http';

const server = createServer((request, answer) => {
  request.resume();
  request.once('end', () => {
    answer.writeHead(202, { 'content-type': 'application/json' });
    answer.end('{"status":"accepted"}');
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : null);
});
process.on('disconnect', () => process.exit());
