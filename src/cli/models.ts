import type { Command } from 'commander';
import { group } from './command.js';
import { addCommand } from './models/add.js';
import { fitCommand } from './models/fit.js';
import { fitEvidenceCommand } from './models/fit-evidence.js';
import { fitGeometryCommand } from './models/fit-geometry.js';
import { fitSignalsCommand } from './models/fit-signals.js';
import { fitWhiteningCommand } from './models/fit-whitening.js';
import { listCommand } from './models/list.js';
import { pullCommand } from './models/pull.js';
import { verifyCommand } from './models/verify.js';

export function modelsCommand(): Command {
  return group('models', 'the embedding models', [
    listCommand(),
    addCommand(),
    pullCommand(),
    verifyCommand(),
    fitWhiteningCommand(),
    fitCommand(),
    fitSignalsCommand(),
    fitEvidenceCommand(),
    fitGeometryCommand(),
  ]);
}
