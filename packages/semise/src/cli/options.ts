// Options that several commands have. What they choose among is the library's.

import { Option } from 'commander';
import { LANGUAGES } from '../report/language.js';
import { VIEW_PRESET_NAMES } from '../views/index.js';

/** An option that takes one of a few words. */
export const chosen = (flags: string, description: string, choices: readonly string[]): Option =>
  new Option(flags, description).choices(choices);

export const fitOption = (): Option =>
  chosen('--fit <how>', 'how images become square (letterbox)', ['letterbox', 'crop', 'stretch']);

export const viewsOption = (): Option =>
  chosen('--views <preset>', 'random changes of an image', VIEW_PRESET_NAMES);

export const providerOption = (): Option =>
  chosen('--provider <name>', 'where to compute (cpu)', ['cpu', 'webgpu', 'cuda']);

export const splitOption = (): Option =>
  chosen('--split <name>', 'only the rows that the file gives this split', [
    'train',
    'validation',
    'test',
  ]);

export const languageOption = (): Option =>
  chosen('--lang <language>', 'language of the report (en)', LANGUAGES);

export const cardOption = (): Option =>
  new Option('--card <file>', 'what people say of the model, YAML or JSON (docs/report.md)');
