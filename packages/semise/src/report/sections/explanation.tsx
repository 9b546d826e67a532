// Why images have their score: maps over the images, and graded images next to them.

import type { VNode } from 'preact';
import type { MapMethod } from '../../explanation/index.js';
import { colon, decimal, inBrackets } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Section } from '../layout.js';
import type { ExplainedImage, NeighbourImage, RunReport } from '../report-data.js';
import { isEmbedded } from './severity.js';

const useTexts = texts({
  en: {
    title: 'Why images have their score',
    lead: 'From the mildest to the worst, and the image whose grade the model misses by most. Vermilion raises the severity score, blue lowers it; over the images shown here one strength of colour means one size of effect. A map says what the model looked at, not whether it was right to; semise explain RUN --check measures how far maps of this model can be trusted.',
    methods: {
      gradcam: 'Grad-CAM: which regions raise the score, coarse',
      integrated:
        'Integrated gradients: what each place adds to the score above that of a healthy image',
      occlusion: 'Occlusion: how far the score falls where a patch is covered',
    } as Record<MapMethod, string>,
    image: 'Image',
    expert: (grade: number, predicted: number) => `expert ${grade}, model ${predicted}`,
    model: (predicted: number) => `model ${predicted}`,
    score: (score: string, baseline: string) => `score ${score}; compared with ${baseline}`,
    worst: 'worst error',
    noPreview: 'no preview',
    neighbours: 'Why not higher or lower? Graded training images next to it',
    below: 'Just milder',
    above: 'Just worse',
    alike: 'Looks most alike to the model',
    none: 'none',
    grade: (grade: number) => `grade ${grade}`,
  },
  ja: {
    title: 'スコアの根拠',
    lead: '軽い画像から重い画像の順に、最後にモデルの誤りが最も大きい画像を示します。朱色は重症度スコアを上げる部分、青は下げる部分です。ここに並べた画像では、同じ濃さが同じ大きさの影響を表します。マップが示すのはモデルが何を見たかであり、その判断が正しいかどうかではありません。このモデルのマップがどこまで信頼できるかは semise explain RUN --check で測れます。',
    methods: {
      gradcam: 'Grad-CAM：スコアを上げる領域（粗い）',
      integrated: '統合勾配：健常画像のスコアからの差に各部分が寄与する量',
      occlusion: '遮蔽：その部分を隠したときのスコアの低下',
    } as Record<MapMethod, string>,
    image: '画像',
    expert: (grade: number, predicted: number) => `専門医 ${grade}、モデル ${predicted}`,
    model: (predicted: number) => `モデル ${predicted}`,
    score: (score: string, baseline: string) => `スコア ${score}、比較対象 ${baseline}`,
    worst: '最大の誤り',
    noPreview: 'プレビューなし',
    neighbours: 'なぜこれより重く、または軽くないのか：隣り合うグレード付き学習画像',
    below: 'わずかに軽い',
    above: 'わずかに重い',
    alike: 'モデルから見て最も似ている',
    none: 'なし',
    grade: (grade: number) => `グレード ${grade}`,
  },
});

export function ExplanationSection({ runs }: { runs: RunReport[] }): VNode | null {
  const t = useTexts();
  const shown = runs.filter(({ explanation }) => explanation && explanation.length > 0);
  if (shown.length === 0) return null;
  return (
    <Section id="explanation" title={t.title} lead={t.lead}>
      {shown.map(({ name, explanation = [] }) => (
        <>
          {runs.length > 1 && <h3>{name}</h3>}
          <Explained images={explanation} />
        </>
      ))}
    </Section>
  );
}

/** Images with their maps, a row each, and what stands next to them where that is known. */
export function Explained({ images }: { images: readonly ExplainedImage[] }): VNode {
  const t = useTexts();
  const language = useLanguage();
  const methods = images[0]?.maps.map(({ method }) => method) ?? [];
  return (
    <>
      <ul class="limits">
        {methods.map((method) => (
          <li>{t.methods[method]}</li>
        ))}
      </ul>
      {images.map((one) => (
        <div class="explained">
          <div class="maps">
            <Picture title={t.image} source={one.thumbnail} alt={one.image}>
              <b>{one.image}</b>
              <span>
                {one.grade === null ? t.model(one.predicted) : t.expert(one.grade, one.predicted)}
                {one.worstError && inBrackets(t.worst, language)}
              </span>
              <small>{t.score(decimal(one.score, 2), decimal(one.baselineScore, 2))}</small>
            </Picture>
            {one.maps.map(({ method, picture }) => (
              <Picture
                title={t.methods[method].split(/[:：]/)[0]}
                source={picture}
                alt={one.image + colon(language) + t.methods[method]}
              />
            ))}
          </div>
          {one.neighbours && <Neighbours {...one.neighbours} />}
        </div>
      ))}
    </>
  );
}

function Neighbours(of: NonNullable<ExplainedImage['neighbours']>): VNode {
  const t = useTexts();
  return (
    <>
      <p class="caption">{t.neighbours}</p>
      <div class="neighbours">
        {(['below', 'above', 'alike'] as const).map((side) => (
          <div>
            <b>{t[side]}</b>
            {of[side].length === 0 && <p>{t.none}</p>}
            <div class="maps">
              {of[side].map((one: NeighbourImage) => (
                <Picture title={t.grade(one.grade)} source={one.thumbnail} alt={one.image}>
                  <small>{`${decimal(one.score, 2)} · ${one.image}`}</small>
                </Picture>
              ))}
            </div>
          </div>
        ))}
      </div>
    </>
  );
}

interface PictureProps {
  title: string;
  source: string;
  alt: string;
  children?: VNode | VNode[];
}

function Picture({ title, source, alt, children }: PictureProps): VNode {
  const t = useTexts();
  return (
    <figure>
      <figcaption>{title}</figcaption>
      {isEmbedded(source) ? <img src={source} alt={alt} /> : <p class="missing">{t.noPreview}</p>}
      {children}
    </figure>
  );
}
