#!/usr/bin/env node
// The command line: one command a file.

import { Command, CommanderError } from 'commander';
import { VERSION } from '../run/index.js';
import { acceptCommand } from './accept.js';
import { benchmarkCommand } from './benchmark.js';
import { biasCommand } from './bias.js';
import { calibrateCommand } from './calibrate.js';
import { deidentifyCommand } from './deidentify.js';
import { demoCommand } from './demo.js';
import { embedCommand } from './embed.js';
import { evaluateCommand } from './evaluate.js';
import { explainCommand } from './explain.js';
import { exportCommand } from './export.js';
import { EXIT, reportFailure } from './failure.js';
import { importCommand } from './import.js';
import { labelsCommand } from './labels.js';
import { monitorCommand } from './monitor.js';
import { phantomCommand } from './phantom.js';
import { predictCommand } from './predict.js';
import { reportCommand } from './report.js';
import { sampleSizeCommand } from './sample-size.js';
import { segmentCommand } from './segment.js';
import { trainCommand } from './train.js';
import { validateCommand } from './validate.js';

// A reader that goes away (`| head`) stops no work.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const program = new Command('semise')
  .description('A folder of medical images and a handful of grades become a severity model.')
  .version(VERSION)
  .configureOutput({
    outputError: (message, write) =>
      write(
        `semise: ${message
          .replace(/^error: /, '')
          .trim()
          .replaceAll('\n', ' ')} (--help tells more)\n`,
      ),
  })
  .exitOverride();

for (const command of [
  demoCommand,
  importCommand,
  phantomCommand,
  trainCommand,
  evaluateCommand,
  acceptCommand,
  validateCommand,
  sampleSizeCommand,
  calibrateCommand,
  biasCommand,
  predictCommand,
  embedCommand,
  reportCommand,
  explainCommand,
  monitorCommand,
  exportCommand,
  labelsCommand,
  segmentCommand,
  benchmarkCommand,
  deidentifyCommand,
]) {
  command(program);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  } else {
    process.exitCode = reportFailure(error);
  }
}
