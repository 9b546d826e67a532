// Compressed frames become samples, in a worker thread that is ended when a codec fails or hangs.

import { Worker } from 'node:worker_threads';
import { InputError } from '../../errors.js';
import type { CodestreamHeader } from './codestream.js';

export interface CodecRequest {
  readonly codec: 'jpeg' | 'jpeg-ls' | 'jpeg2000' | 'htj2k';
  readonly bytes: Uint8Array;
  readonly header: CodestreamHeader;
  readonly signed: boolean;
}

export interface CodecReply {
  /** Little endian, one or two bytes a sample. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly precision: number;
  /** One component after the other, not pixel by pixel. */
  readonly planar: boolean;
  /** Of the codec's memory, which never shrinks. */
  readonly bytesUsed: number;
}

/** A codec whose memory has grown beyond this is started anew. */
const KEPT_MEMORY = 256 * 2 ** 20;

let worker: Worker | undefined;
let last: Promise<unknown> = Promise.resolve();

function end(): void {
  worker?.terminate();
  worker = undefined;
}

/**
 * Decodes one frame; frames wait for each other.
 *
 * @throws InputError if the codec refuses the bytes, aborts, or takes longer than `seconds`
 */
export function decodeFrame(request: CodecRequest, seconds: number): Promise<CodecReply> {
  const turn = last.then(() => decodeNow(request, seconds));
  last = turn.catch(() => undefined);
  return turn;
}

function decodeNow(request: CodecRequest, seconds: number): Promise<CodecReply> {
  worker ??= new Worker(new URL('./codec-worker.js', import.meta.url), { stderr: true });
  const used = worker;
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      used.off('error', onError).off('exit', onExit).off('message', onMessage).unref();
    };
    const fail = (reason: string) => {
      done();
      end();
      reject(new InputError(`${request.codec} frame cannot be decoded (${reason})`));
    };
    const onError = (error: Error) => fail(firstLine(error.message));
    const onExit = () => fail('the codec stopped');
    const tooLong = () => fail(`it took longer than ${seconds} s`);
    const began = performance.now();
    const onMessage = (reply: CodecReply | { readonly error: string }) => {
      if ('error' in reply) return fail(firstLine(reply.error));
      // On a busy machine the reply may be read before the timer is.
      if (performance.now() - began > 1000 * seconds) return tooLong();
      done();
      if (reply.bytesUsed > KEPT_MEMORY) end();
      resolve(reply);
    };
    const timer = setTimeout(tooLong, 1000 * seconds);
    used.on('error', onError).on('exit', onExit).on('message', onMessage).ref();
    // The file's bytes are shared with others: they are copied, not transferred.
    used.postMessage({ ...request, bytes: request.bytes.slice() });
  });
}

const firstLine = (message: string): string => message.trim().split('\n')[0] || 'no reason given';
