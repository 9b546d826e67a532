// The relabel list with pictures: what was graded, what is suspected, and images that look alike.

import type { VNode } from 'preact';
import type { Relabel } from '../../evaluation/label-quality/index.js';
import { decimal } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { reasonText } from './reasons.js';

/** Thumbnails by image: a `data:image/...` URI; none where the image could not be read. */
export type Thumbnails = Readonly<Record<string, string>>;

const useTexts = texts({
  en: {
    grade: (grade: number) => `grade ${grade}`,
    suspected: (grade: number, suspected: number) => `grade ${grade}, rather ${suspected}?`,
    again: 'compare again',
    priority: (value: string) => `priority ${value}`,
    nearest: 'looks like',
    missing: 'no preview',
    list: 'To look at again, the most worthwhile first',
  },
  ja: {
    grade: (grade) => `グレード ${grade}`,
    suspected: (grade, suspected) => `グレード ${grade}（${suspected} の疑い）`,
    again: '再比較',
    priority: (value) => `優先度 ${value}`,
    nearest: '類似画像',
    missing: 'プレビューなし',
    list: '再確認が必要な項目（優先度順）',
  },
});

export function RelabelCards({
  list,
  thumbnails,
}: {
  list: readonly Relabel[];
  thumbnails: Thumbnails;
}): VNode {
  const t = useTexts();
  return (
    <ol class="relabel" aria-label={t.list}>
      {list.map((entry) => (
        <Card entry={entry} thumbnails={thumbnails} />
      ))}
    </ol>
  );
}

function Card({ entry, thumbnails }: { entry: Relabel; thumbnails: Thumbnails }): VNode {
  const t = useTexts();
  const language = useLanguage();
  const { image, grade, suspected, comparedWith, reasons, priority, nearest } = entry;
  const heading =
    comparedWith !== null
      ? t.again
      : grade === null
        ? t.grade(suspected ?? 0)
        : suspected === null
          ? t.grade(grade)
          : t.suspected(grade, suspected);
  return (
    <li>
      <div class={comparedWith === null ? 'one' : 'pair'}>
        <Picture image={image} thumbnails={thumbnails} />
        {comparedWith !== null && <Picture image={comparedWith} thumbnails={thumbnails} />}
      </div>
      <div>
        <b>{heading}</b>
        <small title={image}>{comparedWith === null ? image : `${image} / ${comparedWith}`}</small>
        {reasons.map((reason) => (
          <p>{reasonText(reason, language)}</p>
        ))}
        <p>{t.priority(decimal(priority, 2))}</p>
        {nearest.length > 0 && (
          <div class="nearest">
            <span>{t.nearest}</span>
            {nearest.map((near) => (
              <figure>
                <Picture image={near.image} thumbnails={thumbnails} />
                <figcaption>{t.grade(near.grade)}</figcaption>
              </figure>
            ))}
          </div>
        )}
      </div>
    </li>
  );
}

// Only an image that travels in the page is shown: nothing may be fetched from elsewhere.
const EMBEDDED = /^data:image\/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/=]+$/;

function Picture({ image, thumbnails }: { image: string; thumbnails: Thumbnails }): VNode {
  const t = useTexts();
  const thumbnail = Object.hasOwn(thumbnails, image) ? thumbnails[image] : '';
  return EMBEDDED.test(thumbnail) ? (
    <img src={thumbnail} alt={image} />
  ) : (
    <span class="missing">{t.missing}</span>
  );
}
