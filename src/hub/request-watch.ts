import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OPERATIONS } from '../protocol/enums.js';
import type { ErrorCode } from '../protocol/errors.js';
import type { TenantId } from '../protocol/ids.js';

/** What a request can be for, a closed set: the operation that its proof names, a token, or anything else. */
export const WATCHED_OPERATIONS = [...OPERATIONS, 'token', 'other'] as const;
export type WatchedOperation = (typeof WATCHED_OPERATIONS)[number];

/** What is known of a request while it is worked on; filled in by who finds it out. Nothing in it is the client's word. */
export interface WatchedRequest {
  /** Made by the hub. */
  readonly id: string;
  /** By the process's own clock. */
  readonly startedMs: number;
  operation: WatchedOperation;
  /** There once the token was verified. */
  tenant: TenantId | undefined;
  /** How the check of token and proof went, by the process's own clock; undefined where there was none. */
  guarded: { readonly startedMs: number; readonly endedMs: number; readonly passed: boolean } | undefined;
  /** Code of the first error answered. */
  code: ErrorCode | undefined;
}

export interface EndedRequest extends Readonly<WatchedRequest> {
  /** HTTP status. */
  readonly status: number;
  /** From the headers read to the answer written. */
  readonly ms: number;
}

/** Told of every request that was answered; must not throw. */
export type RequestWatcher = (request: EndedRequest) => void;

/** Something that the work on a request runs inside of; must not throw. */
export interface RequestScope {
  /** Runs the work, which Fastify carries on in the same asynchronous context, also behind a body that comes in parts. */
  enter(request: WatchedRequest, next: () => void): void;
  leave(request: WatchedRequest, ended: EndedRequest): void;
}

declare module 'fastify' {
  interface FastifyRequest {
    watched: WatchedRequest;
  }
}

/** Asked every second or two by whoever watches over the hub: answers are no requests of anybody. */
const PROBES: readonly (string | undefined)[] = ['/healthz', '/readyz'];

/**
 * Gives every request its {@link WatchedRequest}, and tells the watchers when it was answered; probes are passed over.
 * @param scope for requests that ask for work; probes and metadata (GET) are done outside of it
 */
export function watchRequests(
  server: FastifyInstance,
  watchers: readonly RequestWatcher[],
  scope: RequestScope | undefined,
): void {
  const scopeOf = ({ method }: FastifyRequest) => (method === 'POST' ? scope : undefined);
  server.decorateRequest('watched', undefined as never);
  server.addHook('onRequest', (request, _reply, done) => {
    const startedMs = performance.now();
    const unknown = { tenant: undefined, guarded: undefined, code: undefined };
    request.watched = { id: request.id, startedMs, operation: 'other', ...unknown };
    const around = scopeOf(request);
    if (around) around.enter(request.watched, done);
    else done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { watched, routeOptions } = request;
    if (PROBES.includes(routeOptions.url)) return done();
    const ended = { ...watched, status: reply.statusCode, ms: performance.now() - watched.startedMs };
    for (const watcher of watchers) watcher(ended);
    scopeOf(request)?.leave(watched, ended);
    done();
  });
}
