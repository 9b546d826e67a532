// semise explain: why images have their severity score, and whether the maps that say so can be trusted.

import Table from 'cli-table3';
import { type Command, Option } from 'commander';
import { refuseExisting, writeJson } from '../atomic.js';
import { InputError } from '../errors.js';
import { type ExplanationCheck, MAP_METHODS, type MapMethod } from '../explanation/index.js';
import { LANGUAGES, type Language } from '../report/language.js';
import { checkRunExplanations, explainFiles } from '../run/index.js';
import { positiveInteger } from './parse.js';
import { progress } from './progress.js';
import { estimate } from './table.js';

interface Flags {
  readonly out?: string;
  readonly method?: readonly MapMethod[];
  readonly compare?: string;
  readonly lang: Language;
  readonly check?: boolean;
  readonly data?: string;
  readonly images?: number;
  readonly json?: boolean;
}

/** @throws InputError naming what is no method */
function methods(list: string): MapMethod[] {
  return list.split(',').map((name) => {
    const found = MAP_METHODS.find((method) => method === name.trim());
    if (!found) {
      throw new InputError(`--method ${name}: unknown; choose of ${MAP_METHODS.join(', ')}`);
    }
    return found;
  });
}

export function explainCommand(program: Command): void {
  program
    .command('explain')
    .description(
      'show why images have their severity score: maps over them, graded images beside them',
    )
    .argument('<run>', 'folder of the run')
    .argument('[images...]', 'image files')
    .option(
      '--out <place>',
      'folder for pictures, explain.html and explanations.json; of --check: JSON file',
    )
    .option(
      '--method <list>',
      `which maps, of ${MAP_METHODS.join(',')} (all that the run allows)`,
      methods,
    )
    .option('--compare <image>', 'why each is worse than this image, not than the mean healthy one')
    .addOption(new Option('--lang <language>', 'of the page').choices(LANGUAGES).default('en'))
    .option('--check', 'measure whether the maps can be trusted, instead of drawing them')
    .option('--data <labels.csv>', "of --check: images, and masks if any (the run's test split)")
    .option('--images <n>', 'of --check: how many, drawn by seed (64)', positiveInteger)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  semise explain run patient-7.png --out why\n  semise explain run --check',
    )
    .action((folder: string, files: string[], flags: Flags) =>
      flags.check ? check(folder, files, flags) : explain(folder, files, flags),
    );
}

async function explain(folder: string, files: string[], flags: Flags): Promise<void> {
  const { out, method, compare, lang, data, images, json = false } = flags;
  if (files.length === 0) throw new InputError('explain: no images; give image files, or --check');
  if (!out) throw new InputError('explain: no --out; give a folder for the pictures');
  if (data !== undefined || images !== undefined) {
    throw new InputError('explain: --data and --images go with --check; give image files instead');
  }
  await refuseExisting(out);
  const shown = progress('explaining', json);
  const lines = await explainFiles(folder, files, {
    out,
    methods: method,
    compare,
    language: lang,
    onProgress: (done, total) => shown.count('explaining images', done, total),
  }).finally(shown.end);
  if (json) {
    process.stdout.write(`${JSON.stringify({ out, images: lines })}\n`);
    return;
  }
  for (const { image, grade, score, baselineScore } of lines) {
    process.stdout.write(
      `${image}: grade ${grade}, score ${score.toFixed(3)} (${compare ?? 'mean healthy image'}: ${baselineScore.toFixed(3)})\n`,
    );
  }
  process.stdout.write(`${out}/explain.html\n`);
}

async function check(folder: string, files: string[], flags: Flags): Promise<void> {
  const { out, method, compare, data, images, json = false } = flags;
  if (files.length > 0 || compare) {
    throw new InputError(
      'explain: --check takes no image files and no --compare; give --data labels.csv',
    );
  }
  if (out) await refuseExisting(out);
  const shown = progress('checking', json);
  const result = await checkRunExplanations(folder, {
    data,
    images,
    methods: method,
    onProgress: (done, total) => shown.count('checking maps', done, total),
  }).finally(shown.end);
  if (out) await writeJson(out, result);
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${checkTables(result)}\n`);
}

function checkTables(result: ExplanationCheck): string {
  const { images, subjects, masked, faithfulness, localisation, agreement, sanity } = result;
  const table = (head: string[], rows: string[][]): string => {
    const made = new Table({ head, style: { head: [], border: [] } });
    made.push(...rows);
    return `${made}`;
  };
  const parts = [
    `${images} images of ${subjects} subjects, ${masked} with an outlined lesion; means with 95 % intervals`,
    'Faithful? Replacing (deletion) or showing (insertion) what a map marks first, in spreads of the score; gain over random order, > 0 is faithful',
    table(
      ['', 'deletion area', 'gain', 'insertion area', 'gain', 'rank correlation with occlusion'],
      [
        ...Object.entries(faithfulness).map(([method, f]) => [
          method,
          estimate(f.deletion),
          estimate(f.deletionGain),
          estimate(f.insertion),
          estimate(f.insertionGain),
          estimate(agreement[method as MapMethod] ?? { value: null, ci95: null }),
        ]),
        [
          'random order',
          estimate(result.random.deletion),
          '-',
          estimate(result.random.insertion),
          '-',
          '-',
        ],
      ],
    ),
  ];
  if (localisation) {
    parts.push(
      'On the lesion? Highest pixel inside the outline, share of the map inside, overlap at the size of the outline',
      table(
        ['', 'pointing game', 'energy inside', 'IoU'],
        Object.entries(localisation).map(([method, l]) => [
          method,
          estimate(l.pointing),
          estimate(l.energy),
          estimate(l.iou),
        ]),
      ),
    );
  }
  if (sanity.length > 0) {
    parts.push(
      'Does the map need the model? Likeness to the maps of the model with weights shuffled from the head down to a part; should fall to about 0',
      table(
        ['', 'shuffled down to', 'rank correlation', 'SSIM'],
        sanity.map((s) => [s.method, s.part, estimate(s.rankCorrelation), estimate(s.ssim)]),
      ),
    );
  }
  if (result.incompleteness) {
    parts.push(
      `Integrated gradients miss score - baseline's by ${estimate(result.incompleteness)} spreads`,
    );
  }
  return parts.join('\n');
}
