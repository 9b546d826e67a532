// Colours that readers with colour-vision deficiency can tell apart, on screen and in grey print.

/** Okabe & Ito's colours (2008), for things without an order. */
export const DISTINCT = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** Marks that go with colours, so that colour never stands alone. */
export const SYMBOLS = ['circle', 'triangle', 'rect', 'diamond', 'pin', 'roundRect'];

export const INK = '#1d2733';
export const MUTED = '#5b6775';
export const RULE = '#dfe4ea';
export const UNGRADED = '#b8c0ca';

// Viridis (van der Walt & Smith, 2015), without its palest end.
const VIRIDIS = ['#440154', '#414487', '#2a788e', '#22a884', '#7ad151', '#c9d11f'];

/** The colour of a grade: from dark (0) to bright (K-1), even in lightness. */
export function gradeColour(grade: number, grades: number): string {
  const at = grades < 2 ? 0 : (grade / (grades - 1)) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const channel = (hex: string, c: number) => Number.parseInt(hex.slice(1 + 2 * c, 3 + 2 * c), 16);
  const mixed = [0, 1, 2].map((c) => {
    const [a, b] = [channel(VIRIDIS[low], c), channel(VIRIDIS[low + 1], c)];
    return Math.round(a + (at - low) * (b - a));
  });
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
