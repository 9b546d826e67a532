import assert from 'node:assert/strict';
import { test } from 'node:test';
import { halfWidth } from '../testing/japanese-page.js';
import { renderExplanation } from './explanation-page.js';
import type { ExplainedImage } from './report-data.js';

const PIXEL = 'data:image/png;base64,iVBORw0KGgo=';
const HOSTILE = '"><script>alert(1)</script>';

const image = (change: Partial<ExplainedImage> = {}): ExplainedImage => ({
  image: 'a.png',
  grade: 1,
  predicted: 3,
  score: 2.5,
  baselineScore: -0.25,
  thumbnail: PIXEL,
  maps: [
    { method: 'gradcam', picture: PIXEL },
    { method: 'integrated', picture: 'https://evil.example/x.png' },
  ],
  ...change,
});
const page = (images: ExplainedImage[], compared: string | null = null) => ({
  run: 'run',
  created: '2026-01-01',
  compared,
  images,
});

test('an image stands beside its maps and its neighbours, with score and grades', () => {
  const beside = [{ image: 'n.png', grade: 2, score: 2.4, thumbnail: PIXEL }];
  const neighbours = { below: beside, above: [], alike: beside };
  const html = renderExplanation(page([image({ neighbours, worstError: true })]));
  const words = html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  assert.match(words, /a\.png expert 1, model 3 \(worst error\) score 2\.50; compared with −0\.25/);
  assert.match(words, /Just milder grade 2 2\.40 · n\.png Just worse none/);
  assert.match(words, /mean healthy image/);
  assert.equal(html.match(/<img /g)?.length, 4, 'image, one map, two neighbours');
});

test('in Japanese nothing is left in English, and nothing is fetched or run', () => {
  const html = renderExplanation(page([image({ image: HOSTILE })], HOSTILE), 'ja');
  assert.deepEqual(halfWidth(html), []);
  assert.match(html, /<html lang="ja">/);
  assert.match(html, /スコア 2\.50/);
  assert.doesNotMatch(html, /<script|src="https/);
  const words = html
    .replace(/<(style|title)>.*?<\/\1>/gs, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll(/Grad-CAM|semise|run|png|alert|script|lt|quot/g, '');
  assert.doesNotMatch(words, /[a-z]{4,}/i);
});
