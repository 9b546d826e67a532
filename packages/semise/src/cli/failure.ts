// How a command ends: one line for bad input and exit code 2, a stack for our own mistakes.

import { InputError } from '../errors.js';
import { TrainingError } from '../training/index.js';

/**
 * The command did its work, and the model failed its limits (`notAccepted`), some patients (`gap`), or
 * what it watches has drifted (`alarm`).
 */
export const EXIT = {
  ok: 0,
  failed: 1,
  badInput: 2,
  notAccepted: 3,
  alarm: 3,
  gap: 3,
  interrupted: 130,
} as const;

/** The user pressed Ctrl-C before there was anything to keep. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}

/** Prints why a command failed. @returns its exit code */
export function reportFailure(error: unknown): number {
  if (error instanceof InputError) {
    process.stderr.write(`semise: ${error.message}\n`);
    return EXIT.badInput;
  }
  if (error instanceof Interruption) {
    process.stderr.write('semise: interrupted; nothing was written\n');
    return EXIT.interrupted;
  }
  if (error instanceof TrainingError) {
    process.stderr.write(`semise: ${error.message}\n`);
    return EXIT.failed;
  }
  process.stderr.write(`semise: ${error instanceof Error ? error.stack : error}\n`);
  return EXIT.failed;
}
