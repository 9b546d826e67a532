// What becomes of one attribute in a de-identified file.

import dictionary from 'dcmjs/dictionary';
import { PROFILE_TABLE } from './profile-table.js';

/** `clean`: keep the sequence, clean its items. `shift`: move the date, keep the time. */
export type Action = 'keep' | 'remove' | 'empty' | 'dummy' | 'uid' | 'shift' | 'clean';

interface Rule {
  readonly action: string;
  readonly shift: boolean;
}

const RULES = new Map<string, Rule>();
const MASKED: { readonly pattern: RegExp; readonly rule: Rule }[] = [];
for (const line of PROFILE_TABLE.trim().split('\n')) {
  const [tag, code] = line.split(' ', 2);
  const [action, modifier] = code.split('+');
  const rule = { action, shift: modifier === 'M' };
  if (tag.includes('x')) {
    MASKED.push({ pattern: new RegExp(`^${tag.replaceAll('x', '[0-9a-f]')}$`), rule });
  } else {
    RULES.set(tag, rule);
  }
}

const entryOf = (tag: string) =>
  dictionary[`(${tag.slice(0, 4)},${tag.slice(4)})`.toUpperCase()] ??
  dictionary[`(${tag.slice(0, 2)}xx,${tag.slice(4)})`];

/** VR of a standard attribute, by the dictionary of PS3.6; undefined for one that is not there. */
export const standardVr = (tag: string): string | undefined => entryOf(tag)?.vr;

/** Its keyword, for reports. */
export const keywordOf = (tag: string): string => entryOf(tag)?.name ?? 'unknown attribute';

/** UIDs that name a class or a code rather than an instance. */
const CLASS_UIDS = new Set(
  '00020002 00020010 00080016 0008001a 00080062 00081150 0008010c 00080117 0008115a 00041510 00041512'.split(
    ' ',
  ),
);

/**
 * The action of the Basic Profile with the Modified Dates option. Where it leaves a choice between
 * removing, emptying and a dummy, what any object may have is taken: a dummy before an empty value before
 * none. Attributes that the table does not know (of later editions) are treated by their VR: UIDs of instances
 * are replaced, persons' names emptied, dates shifted; what the dictionary does not know is removed.
 *
 * @param tag eight hex digits, lower case
 * @param vr of the element
 */
export function actionFor(tag: string, vr: string): Action {
  const group = Number.parseInt(tag.slice(0, 4), 16);
  // Private attributes and group lengths.
  if (group % 2 === 1 || tag.endsWith('0000')) return 'remove';
  const rule = RULES.get(tag) ?? MASKED.find(({ pattern }) => pattern.test(tag))?.rule;
  const isDate = vr === 'DA' || vr === 'DT' || vr === 'TM';
  if (!rule) {
    if (vr === 'SQ') return 'clean';
    if (vr === 'UI') return CLASS_UIDS.has(tag) ? 'keep' : 'uid';
    if (vr === 'PN') return 'empty';
    if (isDate) return 'shift';
    return standardVr(tag) ? 'keep' : 'remove';
  }
  if (rule.shift && isDate) return 'shift';
  const { action } = rule;
  if (action.includes('U')) return vr === 'SQ' ? 'clean' : 'uid';
  if (action.includes('D')) return vr === 'SQ' ? 'clean' : 'dummy';
  // Of the sequences that may go or be empty, only Acquisition Context is of type 2 where it is at all.
  if (vr === 'SQ' && action === 'X/Z') return tag === '00400555' ? 'empty' : 'remove';
  return action.includes('Z') ? 'empty' : 'remove';
}
