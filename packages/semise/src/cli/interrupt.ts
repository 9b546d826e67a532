// Ctrl-C: the first asks the work under way to stop cleanly, the second ends the process at once.

import { EXIT } from './failure.js';

/** A signal that SIGINT or SIGTERM aborts. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write('\nstopping after this step; press Ctrl-C again to end at once\n');
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
