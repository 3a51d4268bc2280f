import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly trace: string;
  readonly kind: number;
  /** 2: an error. */
  readonly status: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Attributes, without their prefix. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A collector that takes OTLP over HTTP as JSON, and keeps every byte. */
export class Collector {
  readonly spans: CollectedSpan[] = [];
  readonly bodies: Buffer[] = [];
  private server!: Server;

  async listen(): Promise<this> {
    this.server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      this.bodies.push(body);
      if (request.url === '/v1/traces') this.take(JSON.parse(body.toString()));
      response.setHeader('content-type', 'application/json').end('{}');
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Everything that has come, as one text. */
  get text(): string {
    return Buffer.concat(this.bodies).toString('latin1');
  }

  roots(): CollectedSpan[] {
    return this.spans.filter(({ parent }) => parent === undefined);
  }

  below({ id }: CollectedSpan): CollectedSpan[] {
    return this.spans.filter(({ parent }) => parent === id).sort((a, b) => (a.startNs < b.startNs ? -1 : 1));
  }

  forget(): void {
    this.spans.length = 0;
    this.bodies.length = 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take({ resourceSpans }: any): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const { service } = { service: factsOf(resource.attributes)['service.name'] as string };
      for (const span of scopeSpans.flatMap((scope: any) => scope.spans)) {
        this.spans.push({
          service,
          name: span.name,
          id: span.spanId,
          parent: span.parentSpanId || undefined,
          trace: span.traceId,
          kind: span.kind,
          status: span.status.code,
          startNs: BigInt(span.startTimeUnixNano),
          endNs: BigInt(span.endTimeUnixNano),
          facts: factsOf(span.attributes),
        });
      }
    }
  }
}

function factsOf(attributes: { key: string; value: Record<string, unknown> }[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [type, plain] = Object.entries(value)[0]!;
      return [key.replace(/^claimprint\./, ''), type === 'intValue' ? Number(plain) : plain];
    }),
  );
}
