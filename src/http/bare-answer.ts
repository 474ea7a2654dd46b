/** An answer where Koa can't give one: to what is no request, and on connections that are not taken. */
import type { Duplex } from 'node:stream';

/**
 * Ends the socket with an error in the form that all errors have.
 * @param status with its phrase: '503 Service Unavailable'
 */
export function endWith(
  socket: Duplex,
  status: string,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  sent: () => void = () => undefined,
): void {
  const body = JSON.stringify({ error: code, message });
  const lines = Object.entries({
    Connection: 'close',
    'Content-Type': 'application/json; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`, sent);
}
