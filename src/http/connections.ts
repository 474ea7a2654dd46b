import type { Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/**
 * The open connections of one server and the answers under way on each. Modes: open, then draining: idle
 * connections (keep-alive ones, and those a browser opens ahead and says nothing on) are closed at once, each
 * other one as its last answer is out. Node's own closeIdleConnections leaves the silent ones open.
 *
 * Invariant: a connection is listed from its first moment to its close; while draining none is idle.
 */
export class Connections {
  private readonly answersBySocket = new Map<Socket, Set<ServerResponse>>();
  private draining = false;

  watch(server: Server | TlsServer): void {
    server.on('connection', (socket: Socket) => this.list(socket));
    // Over TLS, requests name the socket inside, of which the outer one knows nothing.
    server.on('secureConnection', (socket: TLSSocket) => {
      for (const outer of this.answersBySocket.keys()) {
        if (outer !== socket && isSameConnection(outer, socket)) this.answersBySocket.delete(outer);
      }
      this.list(socket);
    });
    server.on('request', (request, answer) => {
      const { socket } = request;
      this.answersBySocket.get(socket)?.add(answer);
      if (this.draining) answer.setHeader('Connection', 'close');
      answer.once('close', () => {
        this.answersBySocket.get(socket)?.delete(answer);
        this.closeIfIdle(socket);
      });
    });
  }

  /** Requests being answered now. */
  get underWay(): number {
    let count = 0;
    for (const answers of this.answersBySocket.values()) count += answers.size;
    return count;
  }

  drain(): void {
    this.draining = true;
    for (const [socket, answers] of this.answersBySocket) {
      for (const answer of answers) {
        if (!answer.headersSent) answer.setHeader('Connection', 'close');
      }
      this.closeIfIdle(socket);
    }
  }

  destroyAll(): void {
    for (const socket of this.answersBySocket.keys()) socket.destroy();
  }

  private list(socket: Socket): void {
    this.answersBySocket.set(socket, new Set());
    socket.once('close', () => this.answersBySocket.delete(socket));
    this.closeIfIdle(socket);
  }

  private closeIfIdle(socket: Socket): void {
    // destroySoon lets bytes already written go out first.
    if (this.draining && this.answersBySocket.get(socket)?.size === 0) socket.destroySoon();
  }
}

function isSameConnection(one: Socket, other: Socket): boolean {
  return one.remotePort === other.remotePort && one.remoteAddress === other.remoteAddress;
}
