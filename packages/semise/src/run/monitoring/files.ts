// Where the state of monitoring lies in the folder of a run.

import { join } from 'node:path';

export const monitoringFiles = (run: string) => {
  const folder = join(run, 'monitoring');
  return {
    folder,
    /** What batches are compared with, and how. */
    reference: join(folder, 'reference.columns'),
    /** A line a batch. */
    history: join(folder, 'history.jsonl'),
    page: join(folder, 'monitoring.html'),
  };
};
