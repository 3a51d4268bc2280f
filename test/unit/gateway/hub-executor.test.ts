import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createHubExecutor } from '../../../src/gateway/hub-executor.js';
import type { HubTransport } from '../../../src/gateway/hub-transport.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';
import { recordingLogger } from './toy-gateway.js';
import { toyHub } from './toy-hub.js';

const document = parse('{ s: hubStatus { v: version } }');

async function outcome(execute: HubTransport['execute'], timeoutMs = 10_000): Promise<unknown> {
  const logger = recordingLogger();
  const ask = createHubExecutor({ schema: toyHub().schema, hub: { execute }, timeoutMs, logger });
  const { data, errors } = await ask({ document });
  return errors ? errors[0]?.extensions.code : JSON.parse(JSON.stringify(data));
}

describe('createHubExecutor', () => {
  it('asks in neutral terms and answers in the author’s', async () => {
    const asked: string[] = [];
    const execute: HubTransport['execute'] = async ({ query }) => {
      asked.push(query);
      return { data: { a0: { a1: '0.1.0' } } };
    };
    expect(await outcome(execute)).toEqual({ s: { v: '0.1.0' } });
    expect(asked).toEqual(['{\n  a0: hubStatus {\n    a1: version\n  }\n}']);
  });

  it('waits no longer than allowed, even for a transport that does not listen to its signal', async () => {
    expect(await outcome(() => new Promise(() => undefined), 30)).toBe('HUB_UNAVAILABLE');
  });

  it('takes whatever a transport throws for an outage, now or too late', async () => {
    const throws = (): never => {
      throw new TypeError('secret');
    };
    expect(await outcome(throws)).toBe('HUB_UNAVAILABLE');
    expect(await outcome(async () => throws())).toBe('HUB_UNAVAILABLE');
    expect(await outcome(async () => sleep(60).then(throws), 30)).toBe('HUB_UNAVAILABLE');
    await sleep(100); // A rejection that nobody handles would fail this run.
  });

  it('shows the coded errors of a transport', async () => {
    const refuse = async (): Promise<never> => {
      throw new ClaimprintError('CLOCK_SKEW', 'The clocks differ by an hour.');
    };
    expect(await outcome(refuse)).toBe('CLOCK_SKEW');
  });

  it('checks an answer that no HTTP has checked', async () => {
    expect(await outcome(async () => null as never)).toBe('HUB_UNAVAILABLE');
    expect(await outcome(async () => ({}) as never)).toBe('HUB_UNAVAILABLE');
  });
});
