import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HrTime, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { ClaimprintError, type ErrorCode, toClaimprintError } from '../protocol/errors.js';
import type { Logger } from './log.js';

/** What may be said of a span: words of closed sets, counts, ids that this process made. Nothing that came from outside. */
export type SpanFacts = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  /** A `server` answers a request, a `client` waits for another's answer; `internal` if not given. */
  readonly kind?: 'internal' | 'server' | 'client';
  /** The span whose work this is part of; without it the one that is open where the span begins. */
  readonly parent?: OpenSpan;
  /** When it began, by the process's own clock (`performance.now()`); now if not given. */
  readonly startedMs?: number;
}

export interface OpenSpan {
  note(facts: SpanFacts): void;
  /** For a span whose name is only known later. */
  rename(name: string): void;
  /** @param code why it failed; undefined if it did not @param endedMs by the process's own clock; now if not given */
  end(code: ErrorCode | undefined, endedMs?: number): void;
}

/** Where a process's spans go. Nothing of it ever fails or is waited for, but for {@link Tracing.end}. */
export interface Tracing {
  begin(name: string, options?: SpanOptions): OpenSpan;
  /** Runs work whose spans are part of this one. */
  within<Result>(span: OpenSpan, work: () => Result): Result;
  /** A span as long as the work, which fails with the code of what the work throws. */
  around<Result>(name: string, work: (span: OpenSpan) => Promise<Result>, options?: SpanOptions): Promise<Result>;
  /** Delivers what has ended, for {@link EXPORT_PATIENCE_MS} at most. Never rejects. */
  end(): Promise<void>;
}

export interface TracingOptions {
  readonly service: 'claimprint-hub' | 'claimprint-node';
  /** Base address of a collector that takes OTLP over HTTP. */
  readonly endpoint: string;
  readonly logger: Logger;
}

/** How long one delivery may take, with its repetitions. */
const EXPORT_PATIENCE_MS = 3_000;

/**
 * Spans over OTLP/HTTP. The provider is not registered with the OpenTelemetry API: no library in the process can add
 * spans or attributes of its own, and there is nothing that could put a trace's context into a request to the hub.
 * @throws BAD_REQUEST if the address is none
 */
export function startTracing({ service, endpoint, logger }: TracingOptions): Tracing {
  const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: EXPORT_PATIENCE_MS });
  const provider = new NodeTracerProvider({
    // The SDK's own resource would name the path of the program.
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [
      new BatchSpanProcessor(sayingFailures(exporter, logger), { exportTimeoutMillis: EXPORT_PATIENCE_MS }),
    ],
  });
  const tracer = provider.getTracer('claimprint');
  const spans = new WeakMap<OpenSpan, ClockedSpan>();
  const current = new AsyncLocalStorage<OpenSpan>();
  const tracing: Tracing = {
    begin(name, { kind = 'internal', parent = current.getStore(), startedMs = performance.now() } = {}) {
      const above = parent && spans.get(parent);
      const context = above ? trace.setSpan(ROOT_CONTEXT, above.span) : ROOT_CONTEXT;
      const originMs = above?.originMs ?? Date.now() - performance.now();
      const startTime = timeOf(originMs + startedMs);
      const clocked = { span: tracer.startSpan(name, { kind: KINDS[kind], startTime }, context), originMs };
      const open = openSpan(clocked);
      spans.set(open, clocked);
      return open;
    },
    within: (span, work) => current.run(span, work),
    async around(name, work, options) {
      const span = tracing.begin(name, options);
      try {
        const result = await current.run(span, () => work(span));
        span.end(undefined);
        return result;
      } catch (error) {
        span.end(toClaimprintError(error).code);
        throw error;
      }
    },
    async end() {
      const late = new AbortController();
      const patience = sleep(EXPORT_PATIENCE_MS, undefined, { signal: late.signal, ref: false });
      await Promise.race([provider.shutdown(), patience]).catch(() => undefined);
      late.abort();
      await patience.catch(() => undefined);
    },
  };
  return tracing;
}

const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT };

/** A span and the time at which the process's own clock was 0: the same in a whole trace, so that its parts fit together. */
interface ClockedSpan {
  readonly span: Span;
  readonly originMs: number;
}

/** Seconds and nanoseconds of milliseconds since 1970. */
function timeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}

function openSpan({ span, originMs }: ClockedSpan): OpenSpan {
  return {
    note(facts) {
      for (const [name, value] of Object.entries(facts)) {
        if (value !== undefined) span.setAttribute(`claimprint.${name}`, value);
      }
    },
    rename: (name) => span.updateName(name),
    end(code, endedMs = performance.now()) {
      span.setAttribute('claimprint.code', code ?? 'OK');
      // The code alone: an error's text can hold a path.
      if (code) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(timeOf(originMs + endedMs));
    },
  };
}

/** Says once that spans are lost, and again when it happens anew. */
function sayingFailures(exporter: SpanExporter, logger: Logger): SpanExporter {
  let failing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        // ExportResultCode.SUCCESS
        const fails = result.code !== 0;
        if (fails && !failing) logger.warn('traces cannot be delivered', { spans: spans.length });
        failing = fails;
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

function tracesUrl(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new ClaimprintError(
      'BAD_REQUEST',
      'OTEL_EXPORTER_OTLP_ENDPOINT is not an address that begins with http(s)://.',
    );
  }
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
