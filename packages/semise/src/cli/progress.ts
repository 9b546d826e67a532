// Progress on the terminal: a bar with loss terms, images a second and time left; plain lines where
// the output is not a terminal.

import { SingleBar } from 'cli-progress';
import type { StepRecord } from '../training/index.js';

export interface Progress {
  step(record: StepRecord): void;
  /** Images done of a task other than training; shown in a terminal only. */
  count(task: string, done: number, total: number): void;
  /** A line that stays, above the bar. */
  note(text: string): void;
  /** Leaves the bar as it is; nothing of it is drawn after. */
  end(): void;
}

/** Lines of a log that is not a terminal, over a whole training. */
const LOG_LINES = 20;

/** @param quiet nothing at all, as for --json */
export function progress(name: string, quiet: boolean): Progress {
  if (quiet) return { step: () => {}, count: () => {}, note: () => {}, end: () => {} };
  return process.stderr.isTTY ? bar(name) : log(name);
}

const describe = ({ phase, losses, imagesPerSecond }: StepRecord): string => {
  const terms = Object.entries(losses).map(([term, value]) => `${term} ${value.toFixed(3)}`);
  return `${imagesPerSecond.toFixed(0)} images/s | ${phase}: ${terms.join(', ')}`;
};

function bar(name: string): Progress {
  let single: SingleBar | undefined;
  let task = '';
  let ended = false;
  const show = (next: string, done: number, total: number, text: string) => {
    if (ended) return;
    if (task !== next) {
      single?.stop();
      task = next;
      single = new SingleBar({
        format: `${next} {bar} {value}/{total} | {eta_formatted} left{text}`,
        stream: process.stderr,
        hideCursor: true,
        gracefulExit: false,
        barsize: 20,
        etaBuffer: 50,
      });
      single.start(total, 0, { text });
    }
    single?.update(done, { text });
  };
  return {
    step: (record) => show(name, record.step, record.steps, ` | ${describe(record)}`),
    count: (what, done, total) => show(what, done, total, ''),
    note: (text) => {
      single?.stop();
      task = '';
      process.stderr.write(`${text}\n`);
    },
    end: () => {
      ended = true;
      single?.stop();
    },
  };
}

function log(name: string): Progress {
  const began = performance.now();
  let first: number | undefined;
  return {
    step: (record) => {
      first ??= record.step - 1;
      const { step, steps } = record;
      if (step % Math.ceil(steps / LOG_LINES) !== 0 && step !== steps) return;
      const each = (performance.now() - began) / 1000 / (step - first);
      const left = Math.round(each * (steps - step));
      process.stderr.write(`${name} ${step}/${steps} | ${left} s left | ${describe(record)}\n`);
    },
    count: () => {},
    note: (text) => process.stderr.write(`${text}\n`),
    end: () => {},
  };
}
