import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { ClaimprintError } from '../../protocol/errors.js';
import type { HubContext } from './context.js';
import { measureDocument } from './document-limits.js';

/**
 * What an operation may look like: small, at most one protected root field (a proof signs one), every other root field
 * once (each costs), and introspection only with the scope `admin`.
 */
export const operationRules: ApolloServerPlugin<HubContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ document, contextValue }) => {
      try {
        const { protectedFields, repeats, introspects } = measureDocument(document);
        if (protectedFields > 1) {
          throw new ClaimprintError('BAD_REQUEST', 'Ask for one protected field in a request, aliases included.');
        }
        if (repeats) throw new ClaimprintError('BAD_REQUEST', 'Ask for each root field once.');
        if (introspects && !contextValue.caller.scopes.has('admin')) {
          throw new ClaimprintError('FORBIDDEN', 'The schema is published; introspection is for operators.');
        }
      } catch (error) {
        throw new GraphQLError((error as Error).message, { originalError: error as Error });
      }
    },
  }),
};
