// Ctrl-C: the first asks the work under way to stop cleanly, the second ends the process at once.

import { EXIT, Interruption } from './failure.js';

/** Progress bars hide the cursor; a process that ends at once must give it back. */
const SHOW_CURSOR = '\x1b[?25h';

/**
 * A signal that SIGINT or SIGTERM aborts.
 * @param before clears the terminal for what is said then
 */
export function interruptSignal(before: () => void): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) {
      if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR);
      process.exit(EXIT.interrupted);
    }
    before();
    process.stderr.write('stopping after this step; press Ctrl-C again to end at once\n');
    controller.abort(new Interruption());
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
