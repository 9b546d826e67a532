// Ctrl-C: the first asks the work under way to stop cleanly, the second ends the process at once.

import { Interruption } from './failure.js';

/** Progress bars hide the cursor; a process that ends at once must give it back. */
const SHOW_CURSOR = '\x1b[?25h';

/**
 * A signal that SIGINT or SIGTERM aborts.
 * @param before clears the terminal for what is said then
 */
export function interruptSignal(before: () => void): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR);
      // By the signal itself: process.exit would wait for, and then break, the step under way.
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      process.kill(process.pid, name);
      return;
    }
    before();
    process.stderr.write('stopping after this step; press Ctrl-C again to end at once\n');
    controller.abort(new Interruption());
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
