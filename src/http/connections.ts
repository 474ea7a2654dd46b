import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { KeyScope } from '../config/access.ts';
import { clientNetwork } from '../config/addresses.ts';
import { endWith } from './bare-answer.ts';
import { ConnectionShares } from './connection-shares.ts';

/** Connections that are refused and have not yet taken the answer; past it they are closed without one. */
const MAX_REFUSED = 512;
/** How long a refused client may take for its answer, ms. */
const REFUSAL_MS = 2_000;
/** Requests that a client may send ahead before it is cut off. */
const MAX_AHEAD = 8;

interface Connection {
  /** What requests come on: over TLS the socket inside. */
  socket: Socket;
  /** Of the request under way. */
  answer: ServerResponse | null;
  /** Requests that came before the answer to the one under way was out. */
  ahead: number;
  readonly isRefused: boolean;
}

export interface ConnectionsOptions {
  /** How many at once; a few more are told that there are too many. */
  readonly limit: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * The open connections of one server and the answer under way on each. Modes: open, then draining: idle
 * connections (keep-alive ones, and those a browser opens ahead and says nothing on) are closed at once, each
 * other one as its answer is out. Node's own closeIdleConnections leaves the silent ones open.
 *
 * Invariants: a connection is listed from its first moment to its close; while draining none is idle; one request is
 * under way on each. Of requests sent ahead of an answer (pipelining, which no browser and no proxy does) none is looked
 * at: with thousands in one packet, each would be held until those before it are answered. The connection closes after
 * the answer, upon which a client asks again (RFC 9112, 9.3.2).
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #shares: ConnectionShares<Connection>;
  /** By what requests come on. */
  readonly #connections = new Map<Socket, Connection>();
  /** Over TLS the socket inside is told of without the outer one. */
  readonly #byPeer = new Map<string, Connection>();
  #refused = 0;
  #draining = false;
  #usesTls = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#shares = new ConnectionShares({ ...options, isBusy: ({ answer }) => answer !== null });
  }

  watch(server: Server | TlsServer): void {
    this.#usesTls = 'setSecureContext' in server;
    server.maxConnections = this.#options.limit + MAX_REFUSED;
    server.on('connection', (socket: Socket) => this.#list(socket));
    server.on('secureConnection', (socket: TLSSocket) => this.#secured(socket));
  }

  /** Whether the request is to be answered. */
  begin(request: IncomingMessage, answer: ServerResponse): boolean {
    // Cut off while Node still takes the rest of a packet apart: each thing done here is done a thousand times.
    if (request.socket.destroyed) return false;
    const connection = this.#connections.get(request.socket);
    // After one that was passed over none may be done: the client would take its answer for that of the other.
    if (
      connection === undefined ||
      connection.isRefused ||
      connection.ahead > 0 ||
      isUnderWay(connection.answer)
    ) {
      // Nobody reads its body, which would stay in memory otherwise.
      request.resume();
      if (connection !== undefined && !connection.isRefused) this.#sentAhead(connection);
      return false;
    }
    if (request.method !== 'POST') request.resume();
    connection.answer = answer;
    this.#shares.heard(connection, networkOf(request.socket));
    if (this.#draining) answer.setHeader('Connection', 'close');
    answer.once('close', () => {
      if (connection.answer === answer) connection.answer = null;
      this.#closeIfOver(connection);
    });
    return true;
  }

  /**
   * Who has made the request that is under way. Returns false when it can't be served: holders of lesser keys have all
   * places that they may have.
   * @param scope of a right of its own; null: it asks for what is open to all, or is not known yet
   */
  tell(request: IncomingMessage, network: string, scope: KeyScope | null): boolean {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) return true;
    if (scope === null) {
      this.#shares.heard(connection, network);
      return true;
    }
    const out = this.#shares.proved(connection, network, scope);
    if (out === 'refused') return false;
    out?.socket.destroy();
    return true;
  }

  /** Requests being answered now. */
  get underWay(): number {
    return [...this.#all()].filter(({ answer }) => answer !== null).length;
  }

  drain(): void {
    this.#draining = true;
    for (const connection of this.#all()) {
      const { answer } = connection;
      if (answer !== null && !answer.headersSent) answer.setHeader('Connection', 'close');
      this.#closeIfOver(connection);
    }
  }

  destroyAll(): void {
    for (const { socket } of this.#all()) socket.destroy();
  }

  #all(): ReadonlySet<Connection> {
    return new Set(this.#connections.values());
  }

  #list(socket: Socket): void {
    const entering = { socket, answer: null, ahead: 0 };
    const connection: Connection = { ...entering, isRefused: false };
    const out = this.#shares.enter(connection, networkOf(socket));
    if (out === 'refused') {
      this.#keep(socket, { ...entering, isRefused: true });
      return;
    }
    out?.socket.destroy();
    this.#keep(socket, connection);
    this.#closeIfOver(connection);
  }

  #keep(socket: Socket, connection: Connection): void {
    this.#connections.set(socket, connection);
    this.#byPeer.set(peerOf(socket), connection);
    this.#forgetWhenClosed(socket, connection);
    if (!connection.isRefused) return;
    this.#refused += 1;
    socket.once('close', () => {
      this.#refused -= 1;
    });
    if (this.#refused > MAX_REFUSED) {
      socket.destroy();
      return;
    }
    setTimeout(() => socket.destroy(), REFUSAL_MS).unref();
    if (!this.#usesTls) refuse(socket);
  }

  #secured(socket: TLSSocket): void {
    const connection = this.#byPeer.get(peerOf(socket));
    // Closed while it shook hands.
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    this.#connections.delete(connection.socket);
    connection.socket = socket;
    this.#connections.set(socket, connection);
    this.#forgetWhenClosed(socket, connection);
    if (connection.isRefused) refuse(socket);
    else this.#closeIfOver(connection);
  }

  #forgetWhenClosed(socket: Socket, connection: Connection): void {
    const peer = peerOf(socket);
    socket.once('close', () => {
      this.#connections.delete(socket);
      if (connection.socket !== socket) return;
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
      this.#shares.leave(connection);
    });
  }

  #sentAhead(connection: Connection): void {
    connection.ahead += 1;
    const { answer, socket } = connection;
    if (connection.ahead > MAX_AHEAD) socket.destroy();
    else if (answer !== null && !answer.headersSent) answer.setHeader('Connection', 'close');
  }

  #closeIfOver({ socket, answer, ahead, isRefused }: Connection): void {
    // destroySoon lets bytes already written go out first.
    if (answer === null && !isRefused && (this.#draining || ahead > 0)) socket.destroySoon();
  }
}

/** What it sends is let run into the void until it closes: a close with something unread would take the answer along. */
function refuse(socket: Socket): void {
  const message = 'Too many connections are open: try again later.';
  endWith(socket, '503 Service Unavailable', 'too_many_connections', message, { 'Retry-After': '2' });
}

/** Its bytes may all be out before its end has been told. */
function isUnderWay(answer: ServerResponse | null): boolean {
  return answer !== null && !answer.writableFinished;
}

function networkOf(socket: Socket): string {
  return clientNetwork(socket.remoteAddress ?? 'unknown');
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
