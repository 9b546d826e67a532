// What the figures do not say, and what the model must not be used for.

import type { VNode } from 'preact';
import type { Evaluated } from '../evaluated.js';
import { counted } from '../format.js';
import { Section } from '../layout.js';

/** Graded images below which a grade's own figures are little more than anecdotes. */
const FEW = 20;

export function LimitsSection({ all, more }: { all: Evaluated[]; more: string[] }): VNode {
  return (
    <Section id="limits" title="Limits of use">
      <ul class="limits">
        <li>
          <strong>For research only. Not a medical device:</strong> not for diagnosis, triage or any
          decision about a patient.
        </li>
        <li>
          The severity score orders images; larger is worse. It has no unit, equal steps are not
          equal harm, and scores of two runs are not on one scale.
        </li>
        <li>
          Intervals tell how figures vary with the choice of subjects. They know nothing of another
          site, device, population or grader: test on images of your own before you rely on it. With
          few subjects they are too narrow.
        </li>
        {[...new Set(all.flatMap(small))].map((line) => (
          <li>{line}</li>
        ))}
        <li>The probabilities were not checked for calibration here.</li>
        <li>The grades are taken as the truth; where experts disagree, so may the model.</li>
        {more.map((line) => (
          <li>{line}</li>
        ))}
      </ul>
    </Section>
  );
}

function small({ metrics, split }: Evaluated): string[] {
  const few = metrics.perClass.filter(({ n }) => n < FEW);
  if (few.length === 0) return [];
  const named = few.map(({ grade, n }) => `grade ${grade} (${counted(n, 'image')})`).join(', ');
  return [`Few images in the ${split} split: ${named}. What is said of them rests on very little.`];
}
