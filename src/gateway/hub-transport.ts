import { hubUnavailable, readHubResponse } from '../platform/hub-response.js';
import { ClaimprintError } from '../protocol/errors.js';
import { type HubAnswer, isCoded, readHubAnswer } from './hub-answer.js';
import type { HubRequest } from './hub-request.js';

/** The way to the hub, as the gateway knows it. */
export interface HubTransport {
  /**
   * Sends one request and returns the hub's answer, which the gateway checks again.
   *
   * @throws ClaimprintError to show its code; anything else is taken for HUB_UNAVAILABLE
   */
  execute(request: HubRequest & { readonly signal: AbortSignal }): Promise<HubAnswer>;
}

/** Gives requests their right to be sent. The node implements it: the gateway holds no key. */
export interface RequestSigner {
  /**
   * Headers with access token and, where `operation` needs one, the proof.
   *
   * @throws FORBIDDEN for everything but finding and reading
   */
  authorize(request: HubRequest): Promise<Readonly<Record<string, string>>>;
}

interface HttpHubTransportOptions {
  /** The hub's GraphQL address. */
  readonly url: string;
  readonly signer: RequestSigner;
}

/**
 * Reaches the hub over HTTP. Nothing of an answer that is not the hub's own (a proxy's page, a stack trace) comes
 * back: it is HUB_UNAVAILABLE, as are a refused connection and a redirect.
 */
export function httpHubTransport({ url, signer }: HttpHubTransportOptions): HubTransport {
  return {
    async execute({ signal, ...request }) {
      const authorization = await signer.authorize(request);
      const { query, variables } = request;
      try {
        const response = await fetch(url, {
          method: 'POST',
          redirect: 'error',
          headers: { ...authorization, 'content-type': 'application/json', accept: 'application/json' },
          body: JSON.stringify({ query, variables }),
          signal,
        });
        const answer = readHubAnswer(JSON.parse(await readHubResponse(response.body)));
        if (response.status >= 500 && !isCoded(answer)) throw hubUnavailable();
        return answer;
      } catch (error) {
        throw error instanceof ClaimprintError ? error : hubUnavailable(error);
      }
    },
  };
}
