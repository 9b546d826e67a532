// What the splits are called.

import type { Split } from '../evaluation/prediction.js';
import { texts } from './language.js';

export const useSplitNames = texts<Record<Split, string>>({
  en: { train: 'train', validation: 'validation', test: 'test' },
  ja: { train: '学習', validation: '検証', test: 'テスト' },
});
