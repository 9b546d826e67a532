// For tests: runs a few tensors once, on an engine that the test file shares.

import { compile, type Engine, type Feeds, type Results, type Tensor } from '@semise/autograd';

/** The values of `outputs`. Variables keep what an earlier call or `engine.write` left in them. */
export async function runGraph(
  engine: Engine,
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Feeds = {},
): Promise<Results> {
  const runnable = await engine.load(compile({ outputs }));
  try {
    return await runnable.run(feeds);
  } finally {
    await runnable.release();
  }
}
